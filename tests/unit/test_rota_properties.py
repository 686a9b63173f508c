"""Properties that hold for every rota."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import icalendar
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from callcenter.rota.duty import duty, gaps, timeline
from callcenter.rota.hours import opening
from callcenter.rota.minutes import instant_of, midnight
from callcenter.rota.model import DutyInterval, Rota
from callcenter.rota.reading.files import read_files
from callcenter.rota.show.ics import feed
from tests.support import rota_oracle as oracle
from tests.support.rota_files import ALWAYS_OPEN, NOW, a_rota, minutes, policy, rota_of
from tests.support.rota_random import CODES, Writer, specs
from tests.support.rota_writer import write_files

FEW = settings(max_examples=40)
Drawn = tuple[oracle.Spec, date, date]


def built(drawn: Drawn, seed: int = 0) -> tuple[Rota, datetime, datetime]:
    spec, first, last = drawn
    rota = rota_of(Writer(seed).files(spec))
    return (
        rota,
        instant_of(midnight(rota.zone, first)),
        instant_of(midnight(rota.zone, last + timedelta(days=1))),
    )


def merged(found: tuple[DutyInterval, ...]) -> list[DutyInterval]:
    result: list[DutyInterval] = []
    for d in sorted(found, key=lambda d: (d.consultant, d.role, d.start)):
        last = result[-1] if result else None
        if last and (last.consultant, last.role, last.end) == (d.consultant, d.role, d.start):
            result[-1] = replace(last, end=d.end)
        else:
            result.append(d)
    return sorted(result, key=lambda d: (d.start, d.consultant, d.role))


@FEW
@given(specs())
def test_an_instant_and_the_timeline_agree_at_every_boundary(drawn: Drawn) -> None:
    rota, a, b = built(drawn)
    found = timeline(rota, a, b)
    moments = {t + timedelta(seconds=n) for d in found for t in (d.start, d.end) for n in (-1, 0, 1)}
    moments |= {d.start + (d.end - d.start) / 2 for d in found}
    for t in moments:
        if a <= t < b:
            expected = {(d.consultant, d.role) for d in found if d.start <= t < d.end}
            assert {(p.consultant, p.role) for p in duty(rota, t)} == expected


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31", "2028-03-26", "2028-10-29"])
def test_every_half_minute_of_a_clock_change_agrees(day: str) -> None:
    rota = a_rota(
        "A;sat,sun;22:00;02:30;;;;;;yes",
        "B;sun;02:15;02:45",
        "C;sun;02:30;05:00",
        "P;mon-sun;00:00;24:00",
        policy_text=policy(ALWAYS_OPEN),
    )
    start = instant_of(midnight(rota.zone, date.fromisoformat(day)))
    end = instant_of(midnight(rota.zone, date.fromisoformat(day) + timedelta(days=1)))
    found = timeline(rota, start, end)
    t = start
    while t < end:
        assert [p.consultant for p in duty(rota, t)] == sorted(d.consultant for d in found if d.start <= t < d.end)
        t += timedelta(seconds=30)


@FEW
@given(specs(), st.floats(0.01, 0.99))
def test_a_timeline_may_be_cut_anywhere(drawn: Drawn, share: float) -> None:
    rota, a, b = built(drawn)
    cut = a + (b - a) * share
    assert merged(timeline(rota, a, cut) + timeline(rota, cut, b)) == list(timeline(rota, a, b))


@FEW
@given(specs(), st.sampled_from(CODES), st.sampled_from(["leave", "sick", "training"]))
def test_more_absence_never_plans_anyone(drawn: Drawn, code: str, kind: str) -> None:
    spec, first, last = drawn
    more = [*spec.exceptions, oracle.SpecException(kind, code, first, 600, last, None)]
    rota, a, b = built(drawn)
    absent, _, _ = built((replace(spec, exceptions=more), first, last))
    before = {(d.consultant, d.role): 0 for d in timeline(rota, a, b)}
    for d in timeline(absent, a, b):
        assert (d.consultant, d.role) in before
        assert any(
            o.start <= d.start and d.end <= o.end and (o.consultant, o.role) == (d.consultant, d.role)
            for o in timeline(rota, a, b)
        )


@FEW
@given(specs(), st.sampled_from(CODES))
def test_extra_hours_take_nothing_from_anyone_else(drawn: Drawn, code: str) -> None:
    spec, first, last = drawn
    assume(all(row.role == "line" for row in spec.shifts))
    assume(not any(row.kind == "swap" and code in (row.code, row.substitute) for row in spec.exceptions))
    more = [*spec.exceptions, oracle.SpecException("extra", code, first, None, last, 720)]
    rota, a, b = built(drawn)
    longer, _, _ = built((replace(spec, exceptions=more), first, last))
    others = [d for d in timeline(rota, a, b) if d.consultant != code]
    assert [d for d in timeline(longer, a, b) if d.consultant != code] == others


@FEW
@given(specs(), st.integers(1, 10_000))
def test_order_language_encoding_and_splitting_change_nothing(drawn: Drawn, seed: int) -> None:
    rota, a, b = built(drawn)
    other, _, _ = built(drawn, seed)
    assert timeline(other, a, b) == timeline(rota, a, b)
    assert opening(other, a, b) == opening(rota, a, b)
    split = dict(Writer(0).files(drawn[0]))
    rng = random.Random(seed)
    for name in [n for n in split if n.startswith(("shifts", "diensten", "exceptions", "afwijkingen"))]:
        header, *rows = split[name].decode("cp1252").splitlines(keepends=True)
        rng.shuffle(rows)
        cut = rng.randint(0, len(rows))
        split[name] = (header + "".join(rows[:cut])).encode("cp1252")
        split[name.replace(".csv", "-2.csv")] = (header.removeprefix("ï»¿") + "".join(rows[cut:])).encode("cp1252")
    assert timeline(rota_of(split), a, b) == timeline(rota, a, b)


@FEW
@given(specs())
def test_covered_time_and_gaps_are_the_open_time(drawn: Drawn) -> None:
    rota, a, b = built(drawn)
    found = gaps(rota, a, b)
    open_time = sum(((i.end - i.start) for i in opening(rota, a, b)), timedelta())
    missing = sum(((i.end - i.start) for i in found.gaps), timedelta())
    least = rota.policy.min_on_duty
    for gap in found.gaps:
        middle = gap.start + (gap.end - gap.start) / 2
        assert sum(1 for p in duty(rota, middle) if p.role == "line") < least
        assert any(i.start <= gap.start and gap.end <= i.end for i in opening(rota, a, b))
    if open_time:
        assert found.coverage == pytest.approx(1 - missing / open_time)


@FEW
@given(specs())
def test_intervals_are_sorted_apart_and_of_whole_minutes(drawn: Drawn) -> None:
    rota, a, b = built(drawn)
    for found in (opening(rota, a, b), gaps(rota, a, b).gaps):
        assert all(one.end < two.start for one, two in pairwise(found))
        assert all(i.start < i.end and i.start.second == i.end.second == 0 for i in found)
    duties = timeline(rota, a, b)
    assert list(duties) == merged(duties)
    assert all(d.start.tzinfo is UTC for d in duties)


@FEW
@given(specs(), st.data())
def test_a_swap_keeps_the_person_minutes(drawn: Drawn, data: st.DataObject) -> None:
    spec, first, last = drawn
    plain = replace(spec, exceptions=[], people=dict.fromkeys(CODES, (None, None)))
    giver, taker = data.draw(st.permutations(CODES).map(lambda codes: codes[:2]))
    mine = [row for row in plain.shifts if row.code != taker]
    plain = replace(plain, shifts=mine)
    swapped = replace(plain, exceptions=[oracle.SpecException("swap", giver, first, 600, last, None, taker)])
    rota, a, b = built((plain, first, last))
    after, _, _ = built((swapped, first, last))

    def total(of: Rota) -> timedelta:
        return sum(((d.end - d.start) for d in timeline(of, a, b)), timedelta())

    assert total(after) == total(rota)


@FEW
@given(st.integers(180, 1380), st.integers(15, 60), st.sampled_from(["2027-03-28", "2027-10-31", "2028-03-26"]))
def test_a_week_without_the_changed_hour_has_the_same_minutes_all_year(start: int, length: int, sunday: str) -> None:
    end = min(start + length, 1440)
    text = f"{start // 60:02d}:{start % 60:02d};{end // 60:02d}:{end % 60:02d}"
    closed = 'good_friday = "open"\nliberation_day = "open"\neaster_monday = "open"'
    rota = a_rota(f"A;mon-sun;{text}", policy_text=policy(ALWAYS_OPEN, closed))
    monday = (date.fromisoformat(sunday) - timedelta(days=6)).isoformat()
    assert minutes(rota, "A", monday, days=7) == (end - start) * 7


@FEW
@given(specs(), st.integers(0, 10_000))
def test_files_written_from_a_rota_are_that_rota(drawn: Drawn, seed: int) -> None:
    rota, _, _ = built(drawn, seed)
    again = read_files(write_files(rota), NOW).rota
    assert again == rota


@FEW
@given(specs(), st.sampled_from(CODES))
def test_a_calendar_feed_says_what_the_timeline_says(drawn: Drawn, code: str) -> None:
    rota, a, b = built(drawn)
    events = icalendar.Calendar.from_ical(feed(rota, code, a, b, NOW)).events
    found = sorted(
        (event.decoded("dtstart").astimezone(UTC), event.decoded("dtend").astimezone(UTC)) for event in events
    )
    expected = sorted((d.start, d.end) for d in timeline(rota, a, b) if d.consultant == code)
    # Duty that the period cuts is told whole.
    assert [(max(start, a), min(end, b)) for start, end in found] == expected
