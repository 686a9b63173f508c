"""When a caller was helped, and how schools differ."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.reachability.helped import Help, all_helped, two_working_days_after
from callcenter.reachability.schools import Spread, spread_of
from callcenter.rota.reading.files import read_files
from tests.support.small_office import rota_files

NOW = datetime(2027, 6, 8, 10, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("help_", "as_promised", "within_the_hour"),
    [
        (Help(NOW - 2 * HOUR, reached=True), True, True),
        (Help(NOW - 2 * HOUR, reached=False), False, False),
        (Help(NOW - MINUTE, reached=False), False, None),
        (Help(NOW - 3 * HOUR, False, NOW - 2 * HOUR, NOW - HOUR), True, True),
        (Help(NOW - 3 * HOUR, False, NOW - HOUR, NOW - HOUR), True, False),
        (Help(NOW - 3 * HOUR, False, NOW - HOUR + MINUTE, NOW - HOUR), False, False),
        (Help(NOW - MINUTE, False, None, NOW + HOUR), None, None),
        (Help(NOW - 3 * HOUR, False, None, NOW), None, False),
        (Help(NOW - 3 * HOUR, False, None, NOW - MINUTE), False, False),
    ],
)
def test_help_is_a_person_or_a_talk_in_time(
    help_: Help, as_promised: bool | None, within_the_hour: bool | None
) -> None:
    assert (help_.as_promised(NOW), help_.within_the_hour(NOW)) == (as_promised, within_the_hour)


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ([True, True, True], True),
        ([True, False, True], False),
        ([None, True, True, True], True),
        ([True, True, True, False], True),
        ([True, True], None),
        ([None, None, True, True], None),
        ([], None),
    ],
)
def test_a_school_counts_once_three_of_its_calls_are_known(last: list[bool | None], found: bool | None) -> None:
    assert all_helped(last) is found


@pytest.mark.parametrize(
    ("made_at", "until"),
    [
        ("2027-06-07T10:00:00+02:00", "2027-06-09"),  # Monday: until Wednesday
        ("2027-06-03T23:30:00+02:00", "2027-06-07"),  # late on Thursday: Friday and Monday
        ("2027-06-04T10:00:00+02:00", "2027-06-08"),  # Friday: Monday and Tuesday
        ("2027-06-05T10:00:00+02:00", "2027-06-08"),  # Saturday: Monday and Tuesday
        ("2027-03-26T10:00:00+01:00", "2027-03-31"),  # before Easter and the clock change: Tuesday and Wednesday
    ],
)
def test_two_working_days_are_days_on_which_the_line_is_open(made_at: str, until: str) -> None:
    rota = read_files(rota_files()).rota
    assert rota is not None
    found = two_working_days_after(rota, datetime.fromisoformat(made_at))
    assert found is not None
    assert found.astimezone(rota.zone).date().isoformat() == until


def test_a_line_that_never_opens_has_no_working_days() -> None:
    closed = rota_files()
    policy = closed["policy.toml"].decode()
    lines = [line for line in policy.splitlines() if not line.startswith("mon")]
    rota = read_files({**closed, "policy.toml": "\n".join(lines).encode()}).rota
    assert rota is not None
    assert two_working_days_after(rota, NOW) is None


def test_schools_with_few_calls_stand_together() -> None:
    schools = [(9, 9), (1, 0), (10, 6), (10, 7), (100, 87), (100, 88), (10, 10)]
    assert spread_of(schools, baseline=0.69, target=0.88) == Spread(1, 2, 2, 2, 10, 9)
    assert spread_of([], 0.69, 0.88) == Spread()
