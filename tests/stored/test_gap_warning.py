"""The team lead gets one message a day about gaps in the rota, in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from callcenter.telephony.records import OutboxMessage
from schedules import gaps
from tests.support.api_office import ROTA, Door

URL = "https://callcenter.example.nl"
# Nobody on Wednesday and Thursday afternoons.
SHIFTS = ROTA["shifts.csv"].replace("AIS;mon-fri", "AIS;mon,tue,fri")


@pytest.fixture
def door(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    return Door(sessions, clock)


def told(door: Door) -> list[str]:
    with door.sessions() as session:
        return [order.payload["body"] for order in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]


def run(door: Door, locale: str = "nl", channels: int = 1) -> int:
    return gaps.run(door.sessions, door.clock, public_url=URL, locale=locale, lead_channels=channels)


def test_a_gap_within_the_week_is_told_once_a_day(door: Door) -> None:
    door.load_rota(shifts=SHIFTS)
    assert run(door) == run(door) == 2
    assert told(door) == [
        "2 gaten in het rooster, het eerste van morgen 13.00 uur tot morgen 17.00 uur, niemand ingepland: "
        f"{URL}/rooster"
    ]
    door.clock.move_to(door.clock.now() + timedelta(days=1))
    run(door, "en")
    assert told(door)[1] == f"2 gaps in the rota, the first from 13:00 to 17:00, nobody planned: {URL}/rooster"


def test_every_channel_gets_it(door: Door) -> None:
    door.load_rota(shifts=SHIFTS)
    run(door, channels=2)
    assert len(told(door)) == 2


def test_nobody_is_told_at_night_or_of_nothing(door: Door) -> None:
    assert run(door) == 0
    door.load_rota()
    assert run(door) == 0
    door.load_rota(shifts=SHIFTS)
    door.clock.advance(12 * 3600)
    assert run(door) == 0
    assert told(door) == []


def test_one_gap_is_told_as_one(door: Door) -> None:
    door.load_rota(shifts=ROTA["shifts.csv"].replace("AIS;mon-fri", "AIS;mon,wed-fri"))
    run(door)
    assert told(door) == [f"Een gat in het rooster, van 13.00 uur tot 17.00 uur, niemand ingepland: {URL}/rooster"]


def test_too_few_people_are_told_as_so_many(door: Door) -> None:
    two_needed = "min_on_duty = 2\n" + ROTA["policy.toml"]
    door.load_rota(policy=two_needed)
    run(door)
    assert "1 van 2 ingepland" in told(door)[0]
