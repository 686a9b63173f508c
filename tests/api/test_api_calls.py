"""The API's operations on calls."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision
from callcenter.clock import VirtualClock
from tests.support.api_office import LINE_NUMBER, Door, a_call, a_line, a_school


@pytest.fixture
def door(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    return Door(sessions, clock)


@pytest.fixture
def light_door(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    return Door(sqlite_sessions, clock)


def test_a_call_has_its_legs_and_the_reasons_behind_them(door: Door) -> None:
    now = door.clock.now()
    with door.sessions.begin() as session:
        school = a_school(session, now)
        call = a_call(session, a_line(session, now), now, contact_id=school.id, from_number="+31786140001")
        session.add(
            CallDecision(call_id=call.id, at=now, title="ring", reasons=[{"consultant": "BRA", "why": "leave"}])
        )
        session.add(
            Leg(
                call_id=call.id,
                consultant="AIS",
                tier="anyone",
                state="ended",
                offered_at=now + timedelta(seconds=1),
                ring_timeout_s=20,
                expires_at=now,
                result="accepted",
                ring_s=4.5,
            )
        )
        call_id, sid = call.id, call.call_sid
    assert door.get(f"/calls/{call_id}") == {
        "id": call_id,
        "call_sid": sid,
        "line": LINE_NUMBER,
        "from": "+31786140001",
        "group": "school",
        "school": {"id": "05HL00", "name": "obs De Wegwijzer 05HL00"},
        "received_at": "2027-06-08T08:00:00Z",
        "in_hours": True,
        "state": "ended",
        "outcome": "answered",
        "answered_by": "AIS",
        "wait_s": 12.0,
        "talk_s": 60.0,
        "legs": [
            {
                "consultant": "AIS",
                "tier": "anyone",
                "offered_at": "2027-06-08T08:00:01Z",
                "result": "accepted",
                "ring_s": 4.5,
            }
        ],
        "voicemail_id": None,
        "callback_id": None,
        "decisions": [
            {"at": "2027-06-08T08:00:00Z", "step": "ring", "reasons": [{"consultant": "BRA", "why": "leave"}]}
        ],
    }


def test_a_live_anonymous_call_has_no_number_and_no_outcome_yet(door: Door) -> None:
    with door.sessions.begin() as session:
        a_call(session, a_line(session, door.clock.now()), door.clock.now(), None, from_number=None, group="unknown")
    found = door.get("/calls")["items"][0]
    assert (found["from"], found["outcome"], found["state"], found["wait_s"]) == (None, None, "ringing", None)


def test_calls_are_found_by_sid_time_and_outcome(door: Door) -> None:
    now = door.clock.now()
    with door.sessions.begin() as session:
        line = a_line(session, now)
        old = a_call(session, line, now - timedelta(hours=2), "missed").call_sid
        new = a_call(session, line, now - timedelta(hours=1)).call_sid

    def found(query: str) -> list[str]:
        return [call["call_sid"] for call in door.get(f"/calls?{query}")["items"]]

    assert found("") == [new, old]
    assert found(f"call_sid={old}") == [old]
    assert found("outcome=answered") == [new]
    assert found("since=2027-06-08T07:00:00Z") == [new]
    assert found("until=2027-06-08T07:00:00Z") == [old]
    assert found("since=2027-06-08T09:00:00%2B02:00") == [new]
    assert found("call_sid=CAnone") == []


def test_pages_hold_every_call_once_while_new_ones_come_in(door: Door) -> None:
    now = door.clock.now()
    with door.sessions.begin() as session:
        line = a_line(session, now)
        # Several calls in one second: the cursor needs more than the time.
        ids = [a_call(session, line, now - timedelta(minutes=minute // 3)).id for minute in range(10)]
    seen: list[int] = []
    cursor = ""
    while True:
        page = door.get(f"/calls?limit=4{cursor}")
        seen += [call["id"] for call in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        with door.sessions.begin() as session:
            a_call(session, line, now + timedelta(minutes=1))
    assert sorted(seen) == sorted(ids)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=ten", "limit"),
        ("outcome=lost", "outcome"),
        ("since=yesterday", "since"),
        ("since=2027-06-08T07:00:00", "since"),
        ("until=1812441600", "until"),
        ("cursor=nonsense", "cursor"),
        ("cursor=WzEsIDJd", "cursor"),
        ("sort=asc", "sort"),
        ("limit=1&limit=2", "limit"),
        ("call_sid=%00", "call_sid"),
    ],
)
def test_bad_input_is_named(light_door: Door, query: str, field: str) -> None:
    answer = light_door.ask("GET", f"/calls?{query}")
    assert answer.status_code == 422
    assert answer.json["field"] == field


@pytest.mark.parametrize("path", ["/calls/1", "/calls/0", "/calls/99999999999999999999", "/calls/abc", "/nothing"])
def test_what_is_not_there_is_a_404_problem(light_door: Door, path: str) -> None:
    answer = light_door.ask("GET", path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["status"] == 404


def test_another_method_is_a_405_problem_that_says_which_are_allowed(light_door: Door) -> None:
    answer = light_door.ask("DELETE", "/calls")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert "GET" in answer.headers["Allow"]
