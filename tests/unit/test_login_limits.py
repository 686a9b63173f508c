"""How many attempts to log in are left."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.access.lockout import ACCOUNT, BROWSER, OWN_PASSWORD, SOURCE, Limit
from callcenter.access.sources import source_key, typed_key

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
LIMITS = st.builds(Limit, st.integers(1, 30), st.timedeltas(A_SECOND, timedelta(hours=2)))
KEY = "a-key-for-tests-only-0123456789"


def taken(limit: Limit, times: int, now: datetime = NOW, full_at: datetime | None = None) -> datetime | None:
    """`full_at` after this many attempts, of which all are left."""
    for _ in range(times):
        full_at = limit.take(full_at, now)
        assert full_at is not None
    return full_at


@given(LIMITS)
def test_as_many_attempts_as_promised_are_left_at_once_and_no_more(limit: Limit) -> None:
    full_at = taken(limit, limit.burst)
    assert limit.take(full_at, NOW) is None
    assert limit.next_at(full_at, NOW) == NOW + limit.every


@given(LIMITS)
def test_each_attempt_comes_back_after_its_time_and_not_before(limit: Limit) -> None:
    full_at = taken(limit, limit.burst)
    assert limit.take(full_at, NOW + limit.every - timedelta(microseconds=1)) is None
    once = limit.take(full_at, NOW + limit.every)
    assert once is not None
    assert limit.take(once, NOW + limit.every) is None
    assert taken(limit, limit.burst, NOW + limit.burst * limit.every, full_at)


@given(LIMITS, st.lists(st.timedeltas(timedelta(0), timedelta(hours=3)), max_size=60))
def test_whatever_was_tried_nobody_waits_longer_than_one_interval(limit: Limit, pauses: list[timedelta]) -> None:
    now, full_at, done = NOW, None, 0
    for pause in pauses:
        now += pause
        after = limit.take(full_at, now)
        done, full_at = (done + 1, after) if after is not None else (done, full_at)
        assert now <= limit.next_at(full_at, now) <= now + limit.every
        assert full_at is None or full_at - now <= limit.burst * limit.every
    # No series of attempts gets more than the burst and what came back meanwhile.
    assert done <= limit.burst + (now - NOW) // limit.every


@given(LIMITS, st.integers(1, 30))
def test_what_is_given_back_can_be_taken_again(limit: Limit, times: int) -> None:
    full_at = taken(limit, limit.burst)
    assert limit.take(limit.give_back(full_at, NOW), NOW) == full_at
    for _ in range(times):
        full_at = limit.give_back(full_at, NOW)
    assert full_at is not None
    assert full_at >= NOW


@given(LIMITS, st.timedeltas(timedelta(seconds=61), timedelta(days=3000)))
def test_what_a_clock_that_ran_ahead_stored_keeps_nobody_out(limit: Limit, ahead: timedelta) -> None:
    full_at = taken(limit, limit.burst, NOW + ahead)
    assert limit.take(full_at, NOW) is not None
    assert limit.next_at(full_at, NOW) == NOW


@pytest.mark.parametrize(
    ("limit", "at_once", "minutes", "in_a_day"),
    [(ACCOUNT, 5, 10, 149), (SOURCE, 20, 3, 500), (BROWSER, 10, 5, 298), (OWN_PASSWORD, 5, 10, 149)],
)
def test_the_limits_that_are_promised(limit: Limit, at_once: int, minutes: int, in_a_day: int) -> None:
    assert (limit.burst, limit.every) == (at_once, timedelta(minutes=minutes))
    assert limit.burst + timedelta(days=1) // limit.every in (in_a_day, in_a_day + 1)


def test_an_address_counts_by_its_network_and_is_not_stored() -> None:
    assert source_key(KEY, "192.0.2.7") != source_key(KEY, "192.0.2.8")
    assert source_key(KEY, "2001:db8:1:2::1") == source_key(KEY, "2001:db8:1:2:ffff::9")
    assert source_key(KEY, "2001:db8:1:2::1") != source_key(KEY, "2001:db8:1:3::1")
    assert source_key(KEY, "::ffff:192.0.2.7") == source_key(KEY, "192.0.2.7")
    assert source_key(KEY, "fe80::1%eth0") == source_key(KEY, "fe80::2")
    assert source_key(KEY, None) == source_key(KEY, "not an address") == source_key(KEY, "")
    for address in ("192.0.2.7", "2001:db8:1:2::1"):
        assert address not in source_key(KEY, address)
        assert source_key(KEY, address) != source_key("another key of sixteen", address)
        assert len(source_key(KEY, address)) <= 80
    assert "els" not in typed_key(KEY, "els@rbl.example")
    assert typed_key(KEY, "\ud800\0" * 9000) != typed_key(KEY, "els@rbl.example")
