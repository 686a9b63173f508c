"""Malformed parameters of Twilio count as unknown and raise no error."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.telephony import parameters

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
NONSENSE = ("", "abc", "-1", "nan", "inf", "-inf", "1e308", "9" * 5000, "86401", "3,5", "0x10", None)


@pytest.mark.parametrize("text", NONSENSE)
def test_a_length_that_makes_no_sense_is_not_known(text: str | None) -> None:
    assert parameters.seconds(text) is None
    assert parameters.whole_seconds(text) == 0
    assert parameters.count(text, 3) == 0


@pytest.mark.parametrize(
    ("text", "exact", "whole"), [("0", 0, 0), ("3.5", 3.5, 3), (" 12 ", 12, 12), ("86400", 86400, 86400)]
)
def test_a_length_is_read_with_its_fraction(text: str, exact: float, whole: int) -> None:
    assert parameters.seconds(text) == exact
    assert parameters.whole_seconds(text) == whole


def test_a_number_of_times_is_never_more_than_there_can_be() -> None:
    assert [parameters.count(text, 3) for text in ("1", "3", "9")] == [1, 3, 3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Tue, 99 Jun 2027 07:59:00 +0000",
        "Mon, 01 Jan 0001 00:00:00 +0500",
        "Fri, 31 Dec 9999 23:59:59 -0500",
        "Tue, 08 Jun 2027 07:59:00 +9999",
        "Tue, 08 Jun 2027 08:00:01 +0000",
        "Sun, 06 Jun 2027 07:59:59 +0000",
        None,
    ],
)
def test_a_time_that_makes_no_sense_is_not_known(text: str | None) -> None:
    assert parameters.instant(text, NOW) is None


@pytest.mark.parametrize(
    "text", ["Tue, 08 Jun 2027 07:58:00 +0000", "Tue, 08 Jun 2027 07:58:00", "Tue, 08 Jun 2027 09:58:00 +0200"]
)
def test_a_time_is_utc_with_or_without_saying_so(text: str) -> None:
    assert parameters.instant(text, NOW) == NOW - timedelta(minutes=2)
