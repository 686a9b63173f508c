"""The consultants who may be rung, and their order, from presence and past calls."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.presence.eligibility import (
    PersonState,
    Standing,
    State,
    counts_as_not_accepted,
    eligibility,
    may_ring,
    presence_at,
    presence_end,
    ring_order,
    standing,
)
from callcenter.rota.duty import day_end, duty, last_planned_end
from callcenter.rota.model import Presence
from tests.support.rota_files import a_rota, local

POLICY = Presence()
NOON = datetime(2027, 6, 8, 10, 0, tzinfo=UTC)
EVENING = NOON + timedelta(hours=5)


def minutes(n: float) -> datetime:
    return NOON + timedelta(minutes=n)


def test_busy_ends_on_its_second_without_any_job() -> None:
    busy = PersonState("A", "busy", minutes(30))
    assert standing(busy, EVENING, minutes(30) - timedelta(seconds=1)).why_not == "busy"
    assert standing(busy, EVENING, minutes(30)).eligible
    assert presence_at("busy", minutes(30), minutes(30)) == "available"


def test_a_break_ends_with_the_shift() -> None:
    rota = a_rota("A;mon-fri;09:00;17:00")
    now = local("2027-06-08 16:50")
    end = presence_end("break", None, now, POLICY, last_planned_end(rota, "A", now), day_end(rota, now))
    assert end == local("2027-06-08 17:00")
    assert presence_at("break", end, local("2027-06-09 09:00")) == "available"


@pytest.mark.parametrize(
    ("state", "asked", "expected"),
    [
        ("available", None, None),
        ("break", None, 30),
        ("busy", None, 60),
        ("busy", 90, 90),
        ("busy", 600, 240),
        ("break", 10, 10),
        ("away", None, 300),
        ("away", 20, 20),
    ],
)
def test_every_state_ends_by_itself(state: State, asked: int | None, expected: int | None) -> None:
    wish = minutes(asked) if asked is not None else None
    end = presence_end(state, wish, NOON, POLICY, EVENING, minutes(720))
    assert end == (minutes(expected) if expected is not None else None)


def test_away_without_a_shift_lasts_until_midnight() -> None:
    rota = a_rota("A;mon-fri;09:00;17:00")
    now = local("2027-06-08 18:00")
    end = presence_end("away", None, now, POLICY, last_planned_end(rota, "A", now), day_end(rota, now))
    assert end == local("2027-06-09 00:00")
    assert last_planned_end(rota, "B", now) is None


def test_a_planned_hour_that_is_over_limits_nothing() -> None:
    assert presence_end("busy", None, NOON, POLICY, NOON, EVENING) == minutes(60)


def test_an_end_in_the_past_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^the end of a presence must lie ahead$"):
        presence_end("busy", NOON, NOON, POLICY, None, EVENING)


def test_available_does_not_make_a_duty() -> None:
    assert standing(PersonState("A"), None, NOON).why_not == "not_planned"
    assert standing(PersonState("A"), NOON, NOON).why_not == "not_planned"


def test_who_never_said_anything_is_rung_when_planned() -> None:
    rota = a_rota("A;mon-fri;09:00;17:00")
    (person,) = duty(rota, NOON)
    assert standing(PersonState("A"), person.until, NOON).eligible


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (PersonState("A", "away", minutes(1)), "away"),
        (PersonState("A", "break", minutes(1)), "break"),
        (PersonState("A", on_call=True), "on_call"),
        (PersonState("A", reserved_until=minutes(1)), "reserved"),
    ],
)
def test_an_exclusion_is_explained(state: PersonState, why: str) -> None:
    found = standing(state, EVENING, NOON)
    assert (found.eligible, found.why_not) == (False, why)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PersonState("A"), Standing(True)),
        (PersonState("A", "busy", minutes(1)), Standing(False, why_not="busy", until=minutes(1))),
        (PersonState("A", on_call=True), Standing(False, why_not="on_call")),
        (PersonState("A", reserved_until=minutes(1)), Standing(False, why_not="reserved", until=minutes(1))),
        (PersonState("A", wrap_up_until=minutes(1)), Standing(True, True, False, "wrap_up", minutes(1))),
        (PersonState("A", wrap_up_until=NOON), Standing(True)),
        (PersonState("A", paused_until=minutes(2)), Standing(True, False, True, "paused", minutes(2))),
        (PersonState("A", paused_until=NOON), Standing(True)),
        (
            PersonState("A", wrap_up_until=minutes(1), paused_until=minutes(2)),
            Standing(True, True, True, "wrap_up", minutes(1)),
        ),
    ],
)
def test_a_standing_says_why_and_until_when(state: PersonState, expected: Standing) -> None:
    assert standing(state, EVENING, NOON) == expected


def test_who_is_not_on_duty_is_not_eligible() -> None:
    assert standing(PersonState("A"), None, NOON) == Standing(False, why_not="not_planned")
    assert standing(PersonState("A"), NOON, NOON) == Standing(False, why_not="not_planned")


def test_a_pause_that_counts_is_the_reason_even_while_resting() -> None:
    people, until = on_duty(
        PersonState("A", wrap_up_until=minutes(1), paused_until=minutes(2)), PersonState("B"), PersonState("C")
    )
    assert eligibility(people, until, NOON, POLICY)["A"] == Standing(False, True, True, "paused", minutes(1))


def test_a_pause_that_is_over_does_not_change_the_order() -> None:
    people, until = on_duty(
        PersonState("A", paused_until=minutes(-1), last_offered_at=minutes(-9)),
        PersonState("B", last_offered_at=minutes(-5)),
    )
    assert ring_order(people, eligibility(people, until, NOON, POLICY), "call-1") == ["A", "B"]


def test_a_claim_frees_itself() -> None:
    assert standing(PersonState("A", reserved_until=NOON), EVENING, NOON).eligible


def test_after_a_talk_one_rests_but_is_there_for_the_last_tier() -> None:
    resting = PersonState("A", wrap_up_until=minutes(1))
    found = standing(resting, EVENING, NOON)
    assert may_ring(found, last_tier=True)
    assert not may_ring(found, last_tier=False)
    assert may_ring(standing(resting, EVENING, minutes(1)), last_tier=False)


def on_duty(*people: PersonState) -> tuple[dict[str, PersonState], dict[str, datetime]]:
    return {p.consultant: p for p in people}, {p.consultant: EVENING for p in people}


def test_someone_paused_is_passed_over_while_enough_remain() -> None:
    people, until = on_duty(PersonState("A", paused_until=minutes(5)), PersonState("B"), PersonState("C"))
    found = eligibility(people, until, NOON, POLICY)
    assert found["A"].why_not == "paused"
    assert ring_order(people, found, "call-1") in (["B", "C"], ["C", "B"])


def test_below_the_floor_a_paused_person_is_only_last() -> None:
    people, until = on_duty(PersonState("A", paused_until=minutes(5)), PersonState("B"))
    found = eligibility(people, until, NOON, POLICY)
    assert ring_order(people, found, "call-1") == ["B", "A"]


def test_when_all_are_paused_the_longest_paused_is_rung_first() -> None:
    people, until = on_duty(
        PersonState("A", paused_until=minutes(9)),
        PersonState("B", paused_until=minutes(3)),
        PersonState("C", paused_until=minutes(6)),
    )
    assert ring_order(people, eligibility(people, until, NOON, POLICY), "call-1") == ["B", "C", "A"]


def test_the_one_offered_longest_ago_comes_first() -> None:
    people, until = on_duty(
        PersonState("A", last_offered_at=minutes(-1)),
        PersonState("B", last_offered_at=minutes(-30_000)),
        PersonState("C"),
        PersonState("P", last_offered_at=minutes(-1), last_call_ended_at=minutes(-60)),
    )
    assert ring_order(people, eligibility(people, until, NOON, POLICY), "call-1") == ["C", "B", "A", "P"]


def test_equals_are_told_apart_by_the_call_and_not_by_chance() -> None:
    people, until = on_duty(*(PersonState(code) for code in "ABCDEFGH"))
    found = eligibility(people, until, NOON, POLICY)
    assert ring_order(people, found, "call-1") == ring_order(people, found, "call-1")
    assert len({tuple(ring_order(people, found, f"call-{n}")) for n in range(9)}) > 1


@pytest.mark.parametrize("count", [1, 3, 7])
def test_over_many_calls_each_gets_as_many(count: int) -> None:
    people, until = on_duty(*(PersonState(code) for code in "ABCPQ"[: max(count, 1)]))
    offered = dict.fromkeys(people, 0)
    for number in range(len(people) * 4):
        t = minutes(number)
        code = ring_order(people, eligibility(people, until, t, POLICY), f"call-{number}")[0]
        offered[code] += 1
        people[code] = PersonState(code, last_offered_at=t)
    assert set(offered.values()) == {4}


def test_back_after_three_weeks_is_first_once() -> None:
    people, until = on_duty(
        PersonState("A", last_offered_at=minutes(-30_240)),
        PersonState("B", last_offered_at=minutes(-2)),
        PersonState("C", last_offered_at=minutes(-1)),
    )
    order = []
    for number in range(4):
        t = minutes(number)
        code = ring_order(people, eligibility(people, until, t, POLICY), f"call-{number}")[0]
        order.append(code)
        people[code] = PersonState(code, last_offered_at=t)
    assert order == ["A", "B", "C", "A"]


@pytest.mark.parametrize(
    ("result", "ring_s", "counts"),
    [
        ("declined", 3, True),
        ("voicemail", 0, True),
        ("no_answer", 10, True),
        ("no_answer", 9.9, False),
        ("no_answer", None, False),
        ("cancelled", 30, False),
        ("too_late", 30, False),
        ("failed", None, False),
        ("accepted", 5, False),
    ],
)
def test_only_what_the_person_let_pass_counts(result: str, ring_s: float | None, counts: bool) -> None:
    assert counts_as_not_accepted(result, ring_s) == counts
