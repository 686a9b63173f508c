"""The rota agrees, to the minute, with a plain second implementation of the rules."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.rota.duty import duty, gaps, timeline
from callcenter.rota.explain import explain
from callcenter.rota.hours import NeverOpens, is_open, opening
from callcenter.rota.hours import due as due_at
from callcenter.rota.minutes import instant_of, midnight
from callcenter.rota.model import Rota
from tests.support import rota_oracle as oracle
from tests.support.rota_files import rota_of
from tests.support.rota_random import Writer, specs


def span(rota: Rota, first: date, last: date) -> tuple[datetime, datetime]:
    return (
        instant_of(midnight(rota.zone, first)),
        instant_of(midnight(rota.zone, last + timedelta(days=1))),
    )


@settings(max_examples=100)
@given(specs(), st.integers(0, 10_000))
def test_opening_duty_and_gaps_agree_with_the_plain_walk(drawn: tuple[oracle.Spec, date, date], seed: int) -> None:
    spec, first, last = drawn
    rota = rota_of(Writer(seed).files(spec))
    expected = oracle.answer(spec, first, last)
    a, b = span(rota, first, last)
    assert [(i.start, i.end) for i in opening(rota, a, b)] == oracle.spans(expected.open)
    found: dict[tuple[str, str], list[tuple[datetime, datetime]]] = {}
    for d in timeline(rota, a, b):
        found.setdefault((d.consultant, d.role), []).append((d.start, d.end))
    assert found == {key: oracle.spans(minutes) for key, minutes in expected.duty.items()}
    reported = gaps(rota, a, b)
    assert [(i.start, i.end) for i in reported.gaps] == oracle.spans(expected.gaps)
    if expected.open:
        assert reported.coverage is not None
        assert abs(reported.coverage - (1 - len(expected.gaps) / len(expected.open))) < 1e-9
    else:
        assert reported.coverage is None


@settings(max_examples=40)
@given(specs(), st.integers(0, 10_000), st.data())
def test_a_moment_agrees_with_the_plain_walk(
    drawn: tuple[oracle.Spec, date, date], seed: int, data: st.DataObject
) -> None:
    spec, first, last = drawn
    rota = rota_of(Writer(seed).files(spec))
    expected = oracle.answer(spec, first, last)
    minutes = [t for n in range((last - first).days + 1) for t, _ in oracle.day_minutes(first + timedelta(days=n))]
    for t in data.draw(st.lists(st.sampled_from(minutes), min_size=3, max_size=12)):
        moment = t + timedelta(seconds=data.draw(st.integers(0, 59)))
        assert is_open(rota, moment) is (t in expected.open)
        people = {(p.consultant, p.role): p.until for p in duty(rota, moment)}
        assert set(people) == {key for key, found in expected.duty.items() if t in found}
        for key, until in people.items():
            ends = [end for start, end in oracle.spans(expected.duty[key]) if start <= t < end]
            assert until == ends[0] or until >= minutes[-1]  # the second implementation ends at its last day


@settings(max_examples=40)
@given(specs(), st.integers(0, 10_000), st.integers(0, 1439), st.sampled_from([0, 1, 30, 60, 480, 1200]))
def test_working_minutes_agree_with_the_plain_walk(
    drawn: tuple[oracle.Spec, date, date], seed: int, minute: int, count: int
) -> None:
    spec, first, _ = drawn
    rota = rota_of(Writer(seed).files(spec))
    after = span(rota, first, first)[0] + timedelta(minutes=minute)
    expected = oracle.due(spec, after, count)
    try:
        found = due_at(rota, after, count)
    except NeverOpens:
        assert expected is None
        return
    assert expected == found or (expected is None and found > after + timedelta(days=20))


@settings(max_examples=40)
@given(specs(), st.integers(0, 10_000), st.data())
def test_an_explanation_ends_as_the_duty_is(
    drawn: tuple[oracle.Spec, date, date], seed: int, data: st.DataObject
) -> None:
    spec, first, last = drawn
    rota = rota_of(Writer(seed).files(spec))
    minutes = [t for n in range((last - first).days + 1) for t, _ in oracle.day_minutes(first + timedelta(days=n))]
    for t in data.draw(st.lists(st.sampled_from(minutes), min_size=3, max_size=12)):
        people = {p.consultant for p in duty(rota, t)}
        for code in rota.consultants:
            chain = explain(rota, code, t)
            assert (chain[-1].code == "on_duty") is (code in people), chain
            assert (chain[-1].code == "closed") is (not is_open(rota, t))
