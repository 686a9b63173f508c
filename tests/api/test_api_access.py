"""The roles that may use each operation of the API. An operation that is missing from this table fails a test."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.tokens import create_token, revoke_token
from callcenter.api.endpoint import OPERATIONS
from callcenter.clock import VirtualClock
from tests.support.api_office import Door, a_line

# Consultants may use an operation for their own data, or not at all.
CONSULTANT_MAY = {
    "list_calls": False,
    "get_call": False,
    "list_callbacks": True,
    "get_callback": True,
    "make_callback": False,
    "change_callback": True,
    "call_back": True,
    "add_attempt": True,
    "get_voicemail": True,
    "get_audio": True,
    "mark_heard": True,
    "list_consultants": True,
    "put_presence": True,
    "get_reachability": False,
    "search_schools": False,
    "get_school": False,
    "teach_number": False,
    "get_rota": False,
    "get_gaps": False,
    "put_rota": False,
}


@pytest.fixture
def door(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    door = Door(sqlite_sessions, clock)
    door.load_rota()
    with sqlite_sessions.begin() as session:
        a_line(session, clock.now())
    return door


def test_every_operation_is_in_the_table() -> None:
    assert set(OPERATIONS) == set(CONSULTANT_MAY)


def _request(door: Door, name: str, token: str | None) -> int:
    stated = OPERATIONS[name]
    path = stated.path
    for part, value in (("<id:call_id>", "1"), ("<id:callback_id>", "1"), ("<string:code>", "BRA")):
        path = path.replace(part, value)
    path = path.replace("<string:school_id>", "00AA00").replace("<id:voicemail_id>", "1")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body: dict[str, object] | None = {} if stated.body is not None else None
    answer = door.client.open(f"/api/v1{path}", method=stated.method, headers=headers, json=body)
    assert answer.status_code < 300 or answer.mimetype == "application/problem+json"
    return int(answer.status_code)


@pytest.mark.parametrize("name", sorted(CONSULTANT_MAY))
def test_a_role_gets_no_further_than_it_may(door: Door, name: str) -> None:
    assert _request(door, name, None) == 401
    assert _request(door, name, "cc_forged") == 401
    assert _request(door, name, door.token) in (200, 404, 422)
    assert (_request(door, name, door.token_of("AIS")) != 403) == CONSULTANT_MAY[name]


def test_a_token_taken_back_opens_nothing(door: Door) -> None:
    with door.sessions.begin() as session:
        token = create_token(session, door.clock.now(), "lead")
        revoke_token(session, door.clock.now(), 2)
    answer = door.ask("GET", "/calls", token)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="callcenter", error="invalid_token"'


def test_without_a_token_the_answer_says_what_is_needed(door: Door) -> None:
    answer = door.client.get("/api/v1/calls")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="callcenter"'


def test_a_consultant_sees_and_changes_nobody_elses_callbacks(door: Door) -> None:
    made = door.ask("POST", "/callbacks", json={"number": "078 614 0001"}).json
    door.ask("PATCH", f"/callbacks/{made['id']}", json={"owner": "AIS"})
    bram = door.token_of("BRA")
    assert door.get("/callbacks", bram)["items"] == []
    assert door.get("/callbacks?owner=AIS", bram)["items"] == []
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"note": "mine now"}),
        ("POST", "/call", None),
        ("POST", "/attempts", {"result": "reached"}),
    ):
        answer = door.ask(method, f"/callbacks/{made['id']}{path}", bram, json=body)
        assert answer.status_code == 404
    assert [found["id"] for found in door.get("/callbacks", door.token_of("AIS"))["items"]] == [made["id"]]


def test_a_consultant_sees_and_sets_only_the_own_presence(door: Door) -> None:
    aisha = door.token_of("AIS")
    assert [found["code"] for found in door.get("/consultants", aisha)["items"]] == ["AIS"]
    assert door.ask("PUT", "/consultants/AIS/presence", aisha, json={"state": "busy"}).status_code == 200
    assert door.ask("PUT", "/consultants/BRA/presence", aisha, json={"state": "busy"}).status_code == 404
