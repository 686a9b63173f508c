"""The list behind a figure holds the calls that the figure counts, and no others."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from callcenter.web import formats
from callcenter.web.behind import half_hour_of
from callcenter.web.calls.conditions import stretches
from callcenter.web.calls.filters import filter_of
from callcenter.web.calls.queries import call_count
from tests.support.api_office import a_call, a_line

NOON = datetime(2027, 6, 8, 10, 0, tzinfo=UTC)
# The night in which the clock goes back: 02:30 comes twice.
FIRST, SECOND = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def listed(session: Session, query: str, now: datetime = NOON) -> int:
    """How many calls the list of an address like `counted=1&hour=2` has."""
    return call_count(session, filter_of(dict(part.split("=") for part in query.split("&")), now))


def test_calls_of_colleagues_and_calls_that_go_on_are_in_no_counted_list(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        line = a_line(session, clock.now())
        a_call(session, line, NOON)
        a_call(session, line, NOON, staff="AIS")
        a_call(session, line, NOON, None, counted=True)
        a_call(session, line, NOON, "rejected")
        assert listed(session, "counted=1") == 1
        assert listed(session, "counted=1&reached=no") == 0
        assert listed(session, "day=2027-06-08") == 4


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("reached=yes", 3),
        ("reached=no", 5),
        ("part=answered", 3),
        ("part=message", 2),
        ("part=missed", 2),
        ("part=abandoned", 1),
        ("in_time=1", 2),
        ("within_s=25", 1),
        ("part=message&reached=no&group=partner", 1),
        ("rescued=1", 1),
        ("line=1", 8),
        ("line=2", 0),
        ("weekday=1&hour=12", 8),
        ("weekday=1&hour=11", 0),
        ("weekday=0&hour=12", 0),
    ],
)
def test_filters_narrow_each_other(
    sessions: sessionmaker[Session], clock: VirtualClock, query: str, count: int
) -> None:
    with sessions.begin() as session:
        line = a_line(session, clock.now())
        a_call(session, line, NOON, wait_s=25.0)
        a_call(session, line, NOON, wait_s=25.1)
        a_call(session, line, NOON, wait_s=31.0, rescued_for="AIS")
        a_call(session, line, NOON, "voicemail")
        a_call(session, line, NOON, "callback_requested", group="partner")
        for outcome in ("missed", "failed", "abandoned"):
            a_call(session, line, NOON, outcome)
        assert listed(session, f"day=2027-06-08&counted=1&{query}") == count


def test_the_hour_that_comes_twice_is_one_cell_and_four_half_hours(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        line = a_line(session, clock.now())
        for at in (FIRST, SECOND, SECOND, SECOND + timedelta(minutes=29), SECOND + timedelta(minutes=30)):
            a_call(session, line, at)
        night = "day=2027-10-25&last=2027-11-01&counted=1"
        assert listed(session, f"{night}&weekday=6&hour=2") == 4
        assert listed(session, f"{night}&hour=3") == 1
        assert listed(session, "day=2027-10-31&from=2.30&to=3.00") == 4
        for start, count in ((FIRST, 1), (SECOND, 3)):
            query = {name: str(value) for name, value in half_hour_of(start).items()}
            assert call_count(session, filter_of(query, NOON)) == count


def test_the_last_half_hour_of_a_day_ends_at_midnight(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        a_call(session, a_line(session, clock.now()), datetime(2027, 6, 8, 21, 45, tzinfo=UTC))
        assert listed(session, "day=2027-06-08&from=23:30&to=00:00") == 1
        assert listed(session, "day=2027-06-08&from=0.00&to=23.30") == 0


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 800), st.integers(0, 10**6))
def test_between_two_changes_of_the_clock_the_offset_is_one(first: date, days: int, salt: int) -> None:
    since, until = formats.midnight(first), formats.midnight(first + timedelta(days=days))
    found = list(stretches(since, until))
    assert [start for start, _, _ in found] + [until] == [since] + [end for _, end, _ in found]
    at = since + timedelta(minutes=salt % int((until - since) / timedelta(minutes=1)))
    (ahead,) = (
        ahead for start, end, ahead in found if start.astimezone(UTC) <= at.astimezone(UTC) < end.astimezone(UTC)
    )
    assert formats.local(at.astimezone(UTC)).utcoffset() == timedelta(hours=ahead)


def test_half_past_midnight_is_of_the_local_weekday(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        # Tuesday in Amsterdam, still Monday in UTC.
        a_call(session, a_line(session, clock.now()), datetime(2027, 6, 7, 22, 30, tzinfo=UTC))
        week = "day=2027-06-06&last=2027-06-09"
        assert listed(session, f"{week}&weekday=1&hour=0") == 1
        assert listed(session, f"{week}&weekday=0") == 0
