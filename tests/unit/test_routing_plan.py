"""The plan of a caller: tables of consultants and callers, the expected order, and the reason for everybody else."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.presence.eligibility import PersonState
from callcenter.rota.model import DEFAULT_TIERS, Consultant, OnDuty, Tier
from callcenter.routing.plan import Caller, Plan, absence_reasons, make_plan, with_absent_consultants
from tests.support.rota_files import a_rota

NOW = datetime(2027, 6, 8, 10, 0, tzinfo=UTC)
EVENING = NOW + timedelta(hours=5)
PREFERRED, REGION, ANYONE, BACKUP = DEFAULT_TIERS
REGIONS = {"A": ("Utrecht",), "B": ("Zeist", "De Bilt"), "C": ()}
ROTA = replace(
    a_rota("A;mon-fri;09:00;17:00"),
    consultants={code: Consultant(code, code, "", regions=REGIONS.get(code, ())) for code in "ABCPQ"},
)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def plan(
    caller: Caller | None = None,
    line: str = "ABC",
    backup: str = "PQ",
    left_out: Collection[str] = (),
    states: Mapping[str, PersonState] | None = None,
    **more: PersonState,
) -> Plan:
    """A plan for these people. states, more: what is stored of some of them, by code."""
    on_duty = [OnDuty(code, "line", EVENING) for code in line] + [OnDuty(code, "backup", EVENING) for code in backup]
    return Plan(ROTA, caller or Caller("CA1"), on_duty, {**(states or {}), **more}, NOW, frozenset(left_out))


def busy(code: str, seconds: float = 60) -> PersonState:
    return PersonState(code, "busy", later(seconds))


def resting(code: str, seconds: float = 60) -> PersonState:
    return PersonState(code, wrap_up_until=later(seconds))


def reasons(found: Plan, tier: Tier | None) -> Mapping[str, object]:
    return {str(row["consultant"]): row["reason"] for row in found.reasons(tier)}


@pytest.mark.parametrize(
    ("tier", "caller", "expected"),
    [
        (PREFERRED, Caller("CA1", preferred="B"), {"B"}),
        (PREFERRED, Caller("CA1", preferred="P"), {"P"}),  # whatever role the own consultant has now
        (PREFERRED, Caller("CA1"), set()),
        (REGION, Caller("CA1", areas=frozenset({"zeist"})), {"B"}),
        (REGION, Caller("CA1", areas=frozenset({"utrecht", "de bilt"})), {"A", "B"}),
        (REGION, Caller("CA1"), set()),
        (ANYONE, Caller("CA1"), {"A", "B", "C"}),
        (BACKUP, Caller("CA1"), {"P", "Q"}),
    ],
)
def test_a_tier_holds_those_whom_it_is_for(tier: Tier, caller: Caller, expected: set[str]) -> None:
    assert set(plan(caller).candidates(tier)) == expected


def test_a_consultant_whom_the_rota_does_not_name_is_in_no_region() -> None:
    unnamed = Plan(ROTA, Caller("CA1", areas=frozenset({"zeist"})), [OnDuty("X", "line", EVENING)], {}, NOW)
    assert unnamed.candidates(REGION) == []


def test_who_was_offered_longest_ago_is_rung_first() -> None:
    states = {code: PersonState(code, last_offered_at=later(-n)) for code, n in (("A", 10), ("B", 30), ("C", 20))}
    assert plan(states=states).candidates(ANYONE) == ["B", "C", "A"]


def test_the_tiers_together_name_everybody_once_in_their_order() -> None:
    caller = Caller("CA1", preferred="C", areas=frozenset({"zeist"}))
    found = plan(caller, A=PersonState("A", last_offered_at=NOW))
    assert found.may_ring([PREFERRED, REGION, ANYONE]) == ("C", "B", "A")


@pytest.mark.parametrize(
    ("caller", "states", "left_out", "reason"),
    [
        (Caller("CA1"), {}, "", "offered"),
        (Caller("CA1", staff="A"), {}, "", "is_the_caller"),
        (Caller("CA1", offered=frozenset({"A"})), {}, "", "already_offered"),
        (Caller("CA1", forwarded_by="A", forwarded_until=later(1)), {}, "", "just_let_go"),
        (Caller("CA1", forwarded_by="A", forwarded_until=NOW), {}, "", "offered"),
        (Caller("CA1", forwarded_by="A"), {}, "", "offered"),
        (Caller("CA1", forwarded_by="B", forwarded_until=later(1)), {}, "", "offered"),
        (Caller("CA1", engaged={"A": later(1)}), {}, "", "engaged"),
        (Caller("CA1", engaged={"A": NOW}), {}, "", "offered"),
        (Caller("CA1"), {"A": busy("A")}, "", "busy"),
        (Caller("CA1"), {"A": PersonState("A", on_call=True)}, "", "on_call"),
        (Caller("CA1"), {}, "A", "turn_of_another"),
        (Caller("CA1"), {"A": busy("A")}, "A", "busy"),
    ],
)
def test_why_somebody_is_not_rung(caller: Caller, states: dict[str, PersonState], left_out: str, reason: str) -> None:
    assert reasons(plan(caller, left_out=left_out, states=states), ANYONE)["A"] == reason


def test_why_a_tier_has_no_place_for_somebody() -> None:
    caller = Caller("CA1", preferred="C", areas=frozenset({"zeist"}))
    assert reasons(plan(caller), PREFERRED) == dict.fromkeys("ABPQ", "not_preferred") | {"C": "offered"}
    region = {"A": "other_region", "B": "offered", "C": "other_region", "P": "outside_role", "Q": "outside_role"}
    assert reasons(plan(caller), REGION) == region
    assert reasons(plan(caller, line="A"), BACKUP)["A"] == "outside_role"


def test_a_reason_is_stored_with_its_end_the_rank_and_who_is_waited_for() -> None:
    found = plan(line="ABC", backup="", A=busy("A", 90), B=PersonState("B", on_call=True))
    assert found.reasons(ANYONE, free_later={"B"}) == [
        {"consultant": "A", "reason": "busy", "until": later(90).isoformat()},
        {"consultant": "B", "reason": "on_call", "until": None, "waited_for": True},
        {"consultant": "C", "reason": "offered", "rank": 1},
    ]


def test_the_end_of_a_presence_is_not_given_for_another_reason() -> None:
    found = plan(Caller("CA1", offered=frozenset({"A"})), line="A", backup="", A=busy("A"))
    assert found.reasons(ANYONE) == [{"consultant": "A", "reason": "already_offered", "until": None}]


def test_without_a_tier_everybody_has_a_reason_of_the_own() -> None:
    found = plan(line="AB", backup="P", A=busy("A"), B=resting("B"))
    assert reasons(found, None) == {"A": "busy", "B": "wrap_up", "P": None}


def test_who_rests_after_a_talk_is_rung_in_the_last_tier_for_the_role_only() -> None:
    found = plan(Caller("CA1", preferred="A", areas=frozenset({"utrecht"})), A=resting("A"), P=resting("P"))
    assert [tier.name for tier in DEFAULT_TIERS if "A" in found.candidates(tier)] == ["anyone"]
    assert "P" in found.candidates(BACKUP)
    assert reasons(found, REGION)["A"] == "wrap_up"


@pytest.mark.parametrize(
    ("state", "caller", "free_at"),
    [
        (PersonState("A", on_call=True), Caller("CA1"), None),
        (PersonState("A", reserved_until=later(40)), Caller("CA1"), None),
        (busy("A", 40), Caller("CA1"), later(40)),
        (busy("A", 85), Caller("CA1"), later(85)),
        (PersonState("A"), Caller("CA1", engaged={"A": later(20)}), later(20)),
        (PersonState("A"), Caller("CA1", forwarded_by="A", forwarded_until=later(30)), later(30)),
        (busy("A", 40), Caller("CA1", engaged={"A": later(50)}), later(50)),
        (busy("A", 40), Caller("CA1", forwarded_by="A", forwarded_until=later(50)), later(50)),
        (PersonState("A", on_call=True), Caller("CA1", engaged={"A": later(20)}), later(20)),
    ],
)
def test_a_caller_waits_for_who_could_be_rung_in_time(
    state: PersonState, caller: Caller, free_at: datetime | None
) -> None:
    assert plan(caller, line="A", backup="", A=state).free_later(later(85)) == {"A": free_at}


@pytest.mark.parametrize(
    ("state", "caller"),
    [
        (PersonState("A"), Caller("CA1")),  # can be rung now
        (busy("A", 85.1), Caller("CA1")),
        (PersonState("A", "away"), Caller("CA1")),  # without an end
        (PersonState("A", on_call=True), Caller("CA1", offered=frozenset({"A"}))),
        (PersonState("A", on_call=True), Caller("CA1", staff="A")),
        (resting("A"), Caller("CA1")),  # the last tier rings consultants in wrap-up
    ],
)
def test_a_caller_does_not_wait_for_anybody_else(state: PersonState, caller: Caller) -> None:
    assert plan(caller, line="A", backup="", A=state).free_later(later(85)) == {}


def test_everybody_is_awaited_in_the_first_tier_that_could_ring_them() -> None:
    caller = Caller("CA1", preferred="B", areas=frozenset({"utrecht"}))
    found = plan(caller, line="ABC", backup="P", A=busy("A", 20), B=resting("B", 30), C=busy("C", 10), P=busy("P", 40))
    assert found.free_later(later(85)) == {"A": later(20), "B": later(30), "C": later(10), "P": later(40)}


def test_nobody_is_awaited_whose_duty_is_over() -> None:
    over = Plan(ROTA, Caller("CA1", engaged={"A": later(20)}), [OnDuty("A", "line", NOW)], {}, NOW)
    assert over.standings["A"].why_not == "not_planned"
    assert over.free_later(later(85)) == {}


@pytest.mark.parametrize(
    ("states", "caller", "expected"),
    [
        ({"A": PersonState("A", on_call=True), "B": PersonState("B", reserved_until=later(5))}, Caller("CA1"), True),
        ({"A": PersonState("A", on_call=True), "B": busy("B")}, Caller("CA1"), True),
        ({"A": PersonState("A", on_call=True), "B": PersonState("B", "break")}, Caller("CA1"), True),
        ({"A": PersonState("A", on_call=True), "B": PersonState("B", "away")}, Caller("CA1"), True),
        ({"A": PersonState("A", on_call=True)}, Caller("CA1"), False),  # B is free
        ({"A": PersonState("A", on_call=True)}, Caller("CA1", staff="B"), True),
        ({"A": PersonState("A", on_call=True)}, Caller("CA1", forwarded_by="B"), True),
        ({"A": PersonState("A", on_call=True), "B": resting("B")}, Caller("CA1"), False),
        ({"A": busy("A"), "B": busy("B")}, Caller("CA1"), False),  # every consultant is busy, on a break or away
    ],
)
def test_all_talk_when_everybody_who_is_there_does(
    states: dict[str, PersonState], caller: Caller, expected: bool
) -> None:
    assert plan(caller, line="AB", backup="", states=states).all_are_occupied() is expected


def test_a_plan_for_another_caller_shares_the_people_and_forgets_whose_turn_it_is() -> None:
    mine = plan(Caller("CA1", staff="A"), line="AB", backup="", left_out="B", A=busy("A"))
    other = mine.for_caller(Caller("CA2"))
    assert (other.caller, other.left_out, other.now) == (Caller("CA2"), frozenset(), NOW)
    assert other.standings is mine.standings
    assert reasons(mine, ANYONE) == {"A": "is_the_caller", "B": "turn_of_another"}
    assert reasons(other, ANYONE) == {"A": "busy", "B": "offered"}


def test_a_plan_with_others_turns_keeps_its_caller_and_its_people() -> None:
    mine = plan(Caller("CA1", staff="A"), line="AB", backup="")
    found = mine.without(frozenset({"B"}))
    assert found.caller == mine.caller
    assert found.standings is mine.standings
    assert reasons(mine, ANYONE) == {"A": "is_the_caller", "B": "offered"}
    assert reasons(found, ANYONE) == {"A": "is_the_caller", "B": "turn_of_another"}


def test_a_plan_is_made_of_those_whom_the_rota_plans_at_that_instant() -> None:
    rota = a_rota("A;mon-fri;09:00;17:00", "B;mon-fri;13:00;17:00")
    found = make_plan(rota, Caller("CA1"), {"A": busy("A")}, NOW.replace(hour=8))
    assert [person.consultant for person in found.on_duty] == ["A"]
    assert (found.caller, found.now) == (Caller("CA1"), NOW.replace(hour=8))
    assert found.standings["A"].why_not == "busy"


def test_equals_are_ordered_by_the_call_and_not_always_alike() -> None:
    orders = {tuple(plan(Caller(f"CA{n}")).candidates(ANYONE)) for n in range(9)}
    assert len(orders) > 1
    assert all(set(order) == set("ABC") for order in orders)


def test_who_rests_is_rung_in_the_last_tier_of_the_own_role() -> None:
    first, backup, last = replace(ANYONE, name="first"), BACKUP, replace(ANYONE, name="last")
    tiers = replace(ROTA.policy, hunt=replace(ROTA.policy.hunt, tiers=(first, backup, last)))
    on_duty = [OnDuty("A", "line", EVENING), OnDuty("P", "backup", EVENING)]
    found = Plan(replace(ROTA, policy=tiers), Caller("CA1"), on_duty, {c: resting(c) for c in "AP"}, NOW)
    assert [found.candidates(tier) for tier in (first, backup, last)] == [[], ["P"], ["A"]]
    assert found.free_later(later(85)) == {"A": later(60)}


def test_who_rests_is_rung_in_the_last_of_two_tiers_of_backups() -> None:
    tiers = replace(BACKUP, name="first"), replace(BACKUP, name="last")
    policy = replace(ROTA.policy, hunt=replace(ROTA.policy.hunt, tiers=tiers))
    on_duty = [OnDuty("P", "backup", EVENING)]
    found = Plan(replace(ROTA, policy=policy), Caller("CA1"), on_duty, {"P": resting("P")}, NOW)
    assert [found.candidates(tier) for tier in tiers] == [[], ["P"]]


def test_an_engaged_mobile_is_waited_for_without_the_wrap_up_that_the_last_tier_ignores() -> None:
    found = plan(Caller("CA1", engaged={"A": later(20)}), line="A", backup="", A=resting("A", 60))
    assert found.free_later(later(85)) == {"A": later(20)}


def test_those_whom_a_decision_does_not_name_have_the_rota_s_reason() -> None:
    rota = a_rota("A;mon-fri;09:00;17:00", "B;mon-fri;13:00;17:00", people="A;An;06 35000001\nB;Bo;06 35000002\n")
    at = NOW.replace(hour=8)
    assert absence_reasons(rota, ["A"], at) == {"B": "not_planned"}
    assert absence_reasons(rota, ["A", "B"], at) == {}
    named = [{"consultant": "A", "reason": "busy"}, {"why": "known"}]
    others = [{"consultant": "B", "reason": "not_planned", "until": None}]
    assert with_absent_consultants(rota, named, at) == [*named, *others]
    assert with_absent_consultants(None, named, at) == named
    assert with_absent_consultants(rota, [{"why": "known"}], at) == [{"why": "known"}]
