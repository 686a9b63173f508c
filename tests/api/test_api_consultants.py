"""The API's operations on consultants and their presence."""

from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from callcenter.presence.records import ConsultantState
from tests.support.api_office import Door


@pytest.fixture
def door(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    door = Door(sessions, clock)
    door.load_rota()
    return door


@pytest.fixture
def light_door(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    door = Door(sqlite_sessions, clock)
    door.load_rota()
    return door


def one(door: Door, code: str) -> dict[str, Any]:
    return next(found for found in door.get("/consultants")["items"] if found["code"] == code)


def say(door: Door, code: str, state: str, until: str | None = None) -> Any:
    return door.ask("PUT", f"/consultants/{code}/presence", json={"state": state, "until": until})


def test_who_is_on_duty_may_be_rung(door: Door) -> None:
    assert one(door, "AIS") == {
        "code": "AIS",
        "name": "Aïsha",
        "on_duty": True,
        "role": "line",
        "until": "2027-06-08T15:00:00Z",
        "presence": "available",
        "presence_until": None,
        "eligible": True,
        "why_not": None,
    }


def test_who_is_not_planned_says_why_not(door: Door) -> None:
    door.clock.advance(4 * 3600)
    bram = one(door, "BRA")
    assert (bram["on_duty"], bram["until"], bram["eligible"], bram["why_not"]) == (False, None, False, "not_planned")


def test_a_break_ends_by_itself(door: Door) -> None:
    set_to = say(door, "AIS", "break").json
    assert (set_to["presence"], set_to["presence_until"]) == ("break", "2027-06-08T08:30:00Z")
    assert (set_to["eligible"], set_to["why_not"]) == (False, "break")
    door.clock.advance(30 * 60)
    assert (one(door, "AIS")["presence"], one(door, "AIS")["eligible"]) == ("available", True)


def test_being_busy_ends_with_the_shift(door: Door) -> None:
    assert say(door, "BRA", "busy", "2027-06-08T11:30:00Z").json["presence_until"] == "2027-06-08T11:00:00Z"


def test_available_ends_what_was_said_and_an_automatic_pause(door: Door) -> None:
    say(door, "AIS", "away")
    with door.sessions.begin() as session:
        state = session.get_one(ConsultantState, "AIS")
        state.paused_until, state.not_accepted = door.clock.now().replace(hour=9), 1
    assert say(door, "AIS", "available").json["eligible"] is True
    with door.sessions.begin() as session:
        assert session.get_one(ConsultantState, "AIS").not_accepted == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "state"),
        ({"state": "gone"}, "state"),
        ({"state": "busy", "until": "2027-06-08T07:00:00Z"}, "until"),
        ({"state": "busy", "until": "later"}, "until"),
        ({"state": "busy", "until": 30}, "until"),
        ({"state": "available", "until": "2027-06-08T09:00:00Z"}, "until"),
        ({"state": "busy", "minutes": 30}, "minutes"),
    ],
)
def test_what_cannot_be_said_is_named(light_door: Door, body: dict[str, Any], field: str) -> None:
    answer = light_door.ask("PUT", "/consultants/AIS/presence", json=body)
    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_nobody_can_be_set_who_is_not_in_the_rota(door: Door) -> None:
    assert say(door, "ZZZ", "busy").status_code == 404
