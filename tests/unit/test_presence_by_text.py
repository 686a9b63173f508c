"""What a text may change: two hours at most, and never below the number of people that must remain."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.presence.by_text import LONGEST, asked_end, leaves_too_few
from callcenter.presence.eligibility import STATES, PersonState, State
from callcenter.rota.model import DutyInterval, Presence

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def duty(code: str, start: float = -1, end: float = 7) -> DutyInterval:
    return DutyInterval(code, "line", at(start), at(end))


def away(code: str, until: float) -> PersonState:
    return PersonState(code, "away", at(until))


@pytest.mark.parametrize(
    ("state", "minutes", "hours", "shortened"),
    [
        ("away", None, 2, True),
        ("away", 60, 1, False),
        ("away", 121, 2, True),
        ("busy", None, 1, False),
        ("busy", 120, 2, False),
        ("busy", 180, 2, True),
        ("break", None, 0.5, False),
    ],
)
def test_a_state_set_by_text_ends_within_two_hours(
    state: State, minutes: int | None, hours: float, shortened: bool
) -> None:
    assert asked_end(state, minutes, NOW, Presence()) == (at(hours), shortened)


def test_a_policy_with_longer_breaks_does_not_lengthen_those_by_text() -> None:
    assert asked_end("break", None, NOW, Presence(pause_min=300)) == (at(2), True)


def test_available_has_no_end() -> None:
    assert asked_end("available", 30, NOW, Presence()) == (None, False)


@given(st.sampled_from(STATES), st.none() | st.integers(1, 1440), st.integers(1, 1440), st.integers(1, 240))
def test_no_text_takes_anybody_away_for_longer(state: State, minutes: int | None, pause: int, busy: int) -> None:
    until, _ = asked_end(state, minutes, NOW, Presence(pause_min=pause, busy_min=busy))
    assert until is None or NOW < until <= NOW + LONGEST


THREE = [duty("AIS"), duty("BRA"), duty("CEM")]


@pytest.mark.parametrize(
    ("duties", "states", "least", "refused"),
    [
        (THREE, [], 2, False),
        (THREE, [away("BRA", 1)], 2, True),
        (THREE, [away("BRA", -1)], 2, False),  # it has ended
        (THREE, [], 3, True),
        (THREE, [away("BRA", 1), away("CEM", 1)], 0, False),
        ([duty("BRA")], [], 5, False),  # whoever is off duty takes nobody away
        ([duty("AIS", end=0), *THREE[1:]], [], 3, False),  # the duty has just ended
        ([*THREE[:2], duty("CEM", end=0.5)], [], 2, True),  # later in the period too few are left
        ([duty("AIS", start=1), *THREE[1:]], [away("BRA", 3)], 2, True),  # a text before the shift begins
        ([duty("AIS"), duty("AIS"), duty("BRA"), duty("BRA")], [], 2, True),  # one person in two roles counts once
        (THREE, [away("AIS", 3), away("BRA", 1)], 2, False),  # AIS is away already, and by the page
        (THREE, [away("AIS", 1), away("BRA", 1.5)], 2, True),  # and would stay away for longer
        ([], [], 2, False),
    ],
)
def test_too_few_are_left(duties: list[DutyInterval], states: list[PersonState], least: int, refused: bool) -> None:
    known = {state.consultant: state for state in states}
    assert leaves_too_few(duties, known, "AIS", NOW, at(2), least) is refused


hours = st.integers(-4, 12).map(lambda quarters: quarters / 4)


@given(
    st.lists(st.builds(lambda c, s, n: duty(c, s, s + n), st.sampled_from("ABCD"), hours, st.just(1.0)), max_size=8),
    st.dictionaries(st.sampled_from("ABCD"), hours),
    st.lists(st.tuples(st.sampled_from("ABCD"), hours), max_size=6),
    st.integers(0, 3),
)
def test_texts_one_after_another_never_leave_too_few(
    duties: list[DutyInterval], absent: dict[str, float], texts: list[tuple[str, float]], least: int
) -> None:
    """At no quarter of an hour are fewer people available than must remain, unless there were not more before."""

    def available(states: dict[str, PersonState], t: datetime) -> int:
        people = {one.consultant for one in duties if one.start <= t < one.end}
        return sum(code not in states or (states[code].presence_until or NOW) <= t for code in people)

    before = states = {code: away(code, until) for code, until in absent.items()}
    for code, length in texts:
        end = at(max(0.25, min(2.0, length)))
        known = states.get(code)
        longer = known is None or (known.presence_until or NOW) < end
        if not leaves_too_few(duties, states, code, NOW, end, least) and longer:
            states = {**states, code: PersonState(code, "away", end)}
    for quarter in range(13):
        t = at(quarter / 4)
        assert available(states, t) >= min(least, available(before, t))
