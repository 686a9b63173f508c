"""The API's operations on callbacks."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from callcenter.telephony.records import OutboxMessage
from tests.support.api_office import LINE_NUMBER, Door, a_call, a_line, a_school


def furnished(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    """The API over a database with a rota, a line and a school in it."""
    door = Door(sessions, clock)
    door.load_rota()
    with sessions.begin() as session:
        a_line(session, clock.now())
        a_school(session, clock.now())
    return door


@pytest.fixture
def door(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    return furnished(sessions, clock)


@pytest.fixture
def light_door(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    return furnished(sqlite_sessions, clock)


def a_callback(door: Door, number: str = "078 - 614 00 01", **more: Any) -> dict[str, Any]:
    answer = door.ask("POST", "/callbacks", json={"number": number, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def change(door: Door, callback: dict[str, Any], **changes: Any) -> Any:
    return door.ask("PATCH", f"/callbacks/{callback['id']}", json=changes)


def test_one_made_by_hand_knows_the_school_and_when_it_is_due(door: Door) -> None:
    made = a_callback(door, note="about the truancy report")
    assert made["number"] == "+31786140001"
    assert made["school"] == {"id": "05HL00", "name": "obs De Wegwijzer 05HL00"}
    assert (made["group"], made["reason"], made["state"], made["overdue"]) == ("school", "manual", "open", False)
    assert (made["created_at"], made["due_at"]) == ("2027-06-08T08:00:00Z", "2027-06-08T09:00:00Z")
    assert (made["attempts"], made["call_ids"], made["note"]) == ([], [], "about the truancy report")
    assert door.get(f"/callbacks/{made['id']}") == made


def test_a_second_one_for_a_number_joins_the_first(door: Door) -> None:
    assert a_callback(door)["id"] == a_callback(door)["id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "number"),
        ({"number": "12"}, "number"),
        ({"number": "+12125550100"}, "number"),
        ({"number": "0900-1234"}, "number"),
        ({"number": LINE_NUMBER}, "number"),
        ({"number": 786140001}, "number"),
        ({"number": "0786140001", "due_at": "2027-06-08T07:00:00Z"}, "due_at"),
        ({"number": "0786140001", "due_at": "tomorrow"}, "due_at"),
        ({"number": "0786140001", "note": "x" * 3000}, "note"),
        ({"number": "0786140001", "note": "\u0000"}, "note"),
        ({"number": "0786140001", "school": "05HL00"}, "school"),
    ],
)
def test_one_that_cannot_be_made_names_the_field(light_door: Door, body: dict[str, Any], field: str) -> None:
    answer = light_door.ask("POST", "/callbacks", json=body)
    assert answer.status_code == 422
    assert answer.json["field"] == field
    assert light_door.get("/callbacks")["items"] == []


@pytest.mark.parametrize(("typed", "number"), [("0881234567", "+31881234567"), ("14 030", "+3114030")])
def test_company_and_municipal_numbers_may_be_noted(light_door: Door, typed: str, number: str) -> None:
    assert light_door.ask("POST", "/callbacks", json={"number": typed}).json["number"] == number


def test_a_number_for_the_own_telephone_is_not_rung_by_one_press(light_door: Door) -> None:
    made = light_door.ask("POST", "/callbacks", json={"number": "14030"}).json
    light_door.ask("PATCH", f"/callbacks/{made['id']}", json={"owner": "AIS"})
    answer = light_door.ask("POST", f"/callbacks/{made['id']}/call")
    assert (answer.status_code, answer.json["reason"]) == (409, "own_telephone")
    assert "ring it from your own telephone" in answer.json["detail"]


def test_the_calls_behind_it_are_told(door: Door) -> None:
    made = a_callback(door)
    with door.sessions.begin() as session:
        a_call(session, a_line(session, door.clock.now(), "+31858880001"), door.clock.now(), callback_id=made["id"])
    assert door.get(f"/callbacks/{made['id']}")["call_ids"] == [1]


def test_it_goes_from_owner_to_owner_and_is_closed_as_reached(door: Door) -> None:
    made = a_callback(door)
    assert change(door, made, owner="BRA").json["owner"] == "BRA"
    assert change(door, made, state="claimed").json["state"] == "claimed"
    assert change(door, made, due_at="2027-06-08T12:00:00Z").json["due_at"] == "2027-06-08T12:00:00Z"
    assert change(door, made, note="rings till three").json["note"] == "rings till three"
    reached = change(door, made, state="reached").json
    assert (reached["state"], reached["closed_in_time"]) == ("reached", True)
    assert door.get("/callbacks?state=reached")["items"] == [reached]
    assert door.get("/callbacks?state=open")["items"] == []


def test_claiming_for_somebody_is_one_step(door: Door) -> None:
    made = a_callback(door)
    claimed = change(door, made, owner="BRA", state="claimed").json
    assert (claimed["owner"], claimed["state"]) == ("BRA", "claimed")


def test_it_is_cancelled_with_a_reason_and_opened_again(door: Door) -> None:
    made = a_callback(door)
    assert change(door, made, state="cancelled", note="rang by mistake").json["cancel_reason"] == "rang by mistake"
    again = change(door, made, state="open").json
    assert (again["state"], again["closed_at"]) == ("open", None)


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"owner": "ZZZ"}, 422, "owner"),
        ({"state": "resolved"}, 422, "state"),
        ({"state": None}, 422, "state"),
        ({"due_at": None}, 422, "due_at"),
        ({"due_at": "2027-06-01T08:00:00Z"}, 422, "due_at"),
        ({"number": "+31612345678"}, 422, "number"),
    ],
)
def test_a_change_that_cannot_be_names_the_field(
    light_door: Door, changes: dict[str, Any], status: int, field: str
) -> None:
    made = a_callback(light_door)
    answer = change(light_door, made, **changes)
    assert answer.status_code == status
    assert answer.json["field"] == field
    assert light_door.get(f"/callbacks/{made['id']}") == made


def test_all_of_a_change_is_made_or_nothing(door: Door) -> None:
    made = a_callback(door)
    answer = change(door, made, owner="BRA", note="x", due_at="2027-06-01T08:00:00Z")
    assert answer.status_code == 422
    assert door.get(f"/callbacks/{made['id']}") == made


def test_what_the_life_cycle_does_not_allow_is_a_conflict(door: Door) -> None:
    made = a_callback(door)
    change(door, made, state="reached")
    assert change(door, made, state="unreachable").status_code == 409


def test_one_press_rings_the_consultant_and_a_second_does_nothing(door: Door) -> None:
    made = a_callback(door)
    change(door, made, owner="BRA")
    first = door.ask("POST", f"/callbacks/{made['id']}/call")
    assert first.status_code == 202
    assert first.json["state"] == "claimed"
    assert [attempt["consultant"] for attempt in first.json["attempts"]] == ["BRA"]
    assert door.ask("POST", f"/callbacks/{made['id']}/call").json["attempts"] == first.json["attempts"]
    with door.sessions.begin() as session:
        orders = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "callback_leg")).all()
        assert [order.payload["to"] for order in orders] == ["+31620000002"]


def test_a_closed_one_is_not_called(door: Door) -> None:
    made = a_callback(door)
    change(door, made, state="reached")
    answer = door.ask("POST", f"/callbacks/{made['id']}/call")
    assert (answer.status_code, answer.json["reason"]) == (409, "closed")


def test_an_attempt_that_reached_nobody_is_kept_and_tried_again(door: Door) -> None:
    made = a_callback(door)
    answer = door.ask("POST", f"/callbacks/{made['id']}/attempts", json={"result": "no_answer"})
    assert answer.status_code == 201
    assert [attempt["result"] for attempt in answer.json["attempts"]] == ["no_answer"]
    assert answer.json["state"] == "open"
    refused = door.ask("POST", f"/callbacks/{made['id']}/attempts", json={"result": "maybe"})
    assert (refused.status_code, refused.json["field"]) == (422, "result")


def test_the_list_goes_by_due_time_in_pages(door: Door) -> None:
    hours = ("11", "09", "10")
    made = {h: a_callback(door, f"06123456{h}", due_at=f"2027-06-08T{h}:00:00Z")["id"] for h in hours}
    page = door.get("/callbacks?limit=2")
    rest = door.get(f"/callbacks?limit=2&cursor={page['next']}")
    assert [found["id"] for found in (*page["items"], *rest["items"])] == [made["09"], made["10"], made["11"]]
    assert rest["next"] is None


def test_it_is_overdue_once_its_time_has_passed(door: Door) -> None:
    made = a_callback(door)
    door.clock.advance(3600)
    assert door.get(f"/callbacks/{made['id']}")["overdue"] is False
    door.clock.advance(1)
    assert door.get(f"/callbacks/{made['id']}")["overdue"] is True


@pytest.mark.parametrize(
    ("sent", "content_type", "status"), [(b"{", "application/json", 422), (b"a=1", "text/csv", 415)]
)
def test_a_body_that_is_no_json_is_a_problem(light_door: Door, sent: bytes, content_type: str, status: int) -> None:
    answer = light_door.ask("POST", "/callbacks", data=sent, content_type=content_type)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_moving_a_due_time_is_counted_and_mends_no_figure(door: Door) -> None:
    made = a_callback(door)
    assert made["moved"] == 0
    door.clock.advance(3500)
    assert change(door, made, due_at="2027-06-08T12:00:00Z").json["moved"] == 1
    door.clock.advance(3600)
    assert change(door, made, state="reached").json["closed_in_time"] is False
    total = door.get("/reachability?from=2027-06-08&to=2027-06-09")["total"]
    assert (total["callbacks_in_time"], total["callbacks_due"]) == (0, 1)
    assert change(door, made, state="open").json["moved"] == 1
    assert change(door, made, state="reached").json["closed_in_time"] is False
    total = door.get("/reachability?from=2027-06-08&to=2027-06-09")["total"]
    assert (total["callbacks_in_time"], total["callbacks_due"]) == (0, 1)
