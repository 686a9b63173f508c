"""What a person asks of a callback by the API: a time that can be kept, a number that has one already, and a ring."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.records import AuditEvent
from callcenter.clock import VirtualClock
from callcenter.presence.records import ConsultantState
from callcenter.telephony.records import OutboxMessage
from tests.support.api_office import Door, a_line

SUNDAY, FAR = "2027-06-13T01:00:00Z", "2199-06-04T10:00:00Z"
CLOSING = "2027-06-08T15:00:00Z"


@pytest.fixture
def door(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    door = Door(sessions, clock)
    door.load_rota()
    with sessions.begin() as session:
        a_line(session, clock.now())
    return door


def made(door: Door, **more: Any) -> Any:
    answer = door.ask("POST", "/callbacks", json={"number": "0786140001", **more})
    assert answer.status_code == 201, answer.text
    return answer


def given_to(door: Door, code: str) -> int:
    callback_id = int(made(door).json["id"])
    assert door.ask("PATCH", f"/callbacks/{callback_id}", json={"owner": code}).status_code == 200
    return callback_id


def rings(door: Door) -> int:
    with door.sessions() as session:
        return len(session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == "callback_leg")).all())


@pytest.mark.parametrize(("due_at", "mend"), [(SUNDAY, "opening hours"), (FAR, "60 days")])
def test_a_time_that_nobody_can_keep_is_refused_with_the_mend(door: Door, due_at: str, mend: str) -> None:
    for answer in (
        door.ask("POST", "/callbacks", json={"number": "0786140001", "due_at": due_at}),
        door.ask("PATCH", f"/callbacks/{made(door).json['id']}", json={"due_at": due_at}),
    ):
        assert (answer.status_code, answer.json["field"]) == (422, "due_at")
        assert mend in answer.json["detail"]


def test_before_closing_time_may_be_promised(door: Door) -> None:
    callback = made(door, due_at=CLOSING).json
    assert callback["due_at"] == CLOSING
    assert door.ask("PATCH", f"/callbacks/{callback['id']}", json={"due_at": CLOSING}).status_code == 200


@pytest.mark.parametrize("given", ["2027-06-08T08:30:00Z", CLOSING, "2027-06-09T08:00:00Z"])
def test_a_time_for_a_number_that_has_a_callback_is_its_time_from_then_on(door: Door, given: str) -> None:
    first = made(door)
    second = made(door, due_at=given)
    assert first.json["due_at"] == "2027-06-08T09:00:00Z"
    assert (second.json["id"], second.json["due_at"]) == (first.json["id"], given)
    assert (first.headers["Callcenter-Joined"], second.headers["Callcenter-Joined"]) == ("false", "true")
    with door.sessions() as session:
        moves = session.scalars(select(AuditEvent.actor).where(AuditEvent.action == "callback_due_set")).all()
    assert moves == ["a lead (token 1)"]


def test_without_a_time_the_earlier_promise_stays(door: Door) -> None:
    due_at = made(door).json["due_at"]
    door.clock.advance(600)
    assert made(door).json["due_at"] == due_at


def test_a_new_time_does_not_mend_a_broken_promise(door: Door) -> None:
    callback = made(door).json
    door.clock.advance(timedelta(minutes=61).total_seconds())
    made(door, due_at=CLOSING)
    closed = door.ask("PATCH", f"/callbacks/{callback['id']}", json={"state": "reached"}).json
    assert closed["closed_in_time"] is False


def test_a_note_that_is_too_long_is_told_in_characters(door: Door) -> None:
    answer = door.ask("POST", "/callbacks", json={"number": "0786140001", "note": "x" * 2001})
    assert answer.status_code == 422
    assert answer.json["detail"] == "note: String should have at most 2000 characters"
    assert door.ask("POST", "/callbacks", json={"number": "0786140001", "note": "x" * 2000}).status_code == 201


def test_a_lead_rings_no_owner_off_duty_without_saying_so(door: Door) -> None:
    callback_id = given_to(door, "BRA")
    door.clock.advance(timedelta(hours=13.5).total_seconds())  # 23.30
    refused = door.ask("POST", f"/callbacks/{callback_id}/call")
    assert (refused.status_code, refused.json["reason"], rings(door)) == (409, "off_duty", 0)
    assert "anyway" in refused.json["detail"]
    assert door.get(f"/callbacks/{callback_id}")["attempts"] == []
    assert door.ask("POST", f"/callbacks/{callback_id}/call", json={"anyway": True}).status_code == 202
    assert rings(door) == 1


def test_a_lead_rings_no_owner_on_leave_or_away_without_saying_so(door: Door) -> None:
    on_leave = given_to(door, "BRA")
    door.load_rota(exceptions="id;kind;consultant;from;to;substitute;note;by\n1;leave;BRA;2027-06-08;2027-06-08;;;\n")
    assert door.ask("POST", f"/callbacks/{on_leave}/call").json["reason"] == "off_duty"
    assert door.ask("PATCH", f"/callbacks/{on_leave}", json={"owner": "AIS"}).status_code == 200
    with door.sessions.begin() as session:
        state = session.get(ConsultantState, "AIS") or ConsultantState(code="AIS")
        state.presence, state.presence_until = "away", door.clock.now() + timedelta(hours=2)
        session.add(state)
    assert door.ask("POST", f"/callbacks/{on_leave}/call").json["reason"] == "away"
    assert rings(door) == 0


def test_the_owner_rings_whenever_the_owner_likes(door: Door) -> None:
    callback_id = given_to(door, "BRA")
    door.clock.advance(timedelta(hours=13.5).total_seconds())
    assert door.ask("POST", f"/callbacks/{callback_id}/call", door.token_of("BRA")).status_code == 202


def test_a_repeated_press_answers_alike_when_duty_has_ended_meanwhile(door: Door) -> None:
    callback_id = given_to(door, "BRA")
    door.clock.advance(timedelta(hours=2, minutes=59, seconds=50).total_seconds())
    assert door.ask("POST", f"/callbacks/{callback_id}/call").status_code == 202
    door.clock.advance(20)
    assert door.ask("POST", f"/callbacks/{callback_id}/call").status_code == 202
    assert rings(door) == 1


@pytest.mark.parametrize("body", [{"anyway": "yes"}, {"how": "loud"}])
def test_a_press_takes_nothing_else(door: Door, body: dict[str, Any]) -> None:
    assert door.ask("POST", f"/callbacks/{given_to(door, 'BRA')}/call", json=body).status_code == 422
