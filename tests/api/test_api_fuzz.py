"""Random input to the API gets a documented answer, never a 5xx."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from callcenter.api.endpoint import OPERATIONS
from callcenter.clock import VirtualClock
from tests.support.api_office import ROTA, Door, a_call, a_line, a_school

_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
NAMES = sorted(
    {field.alias or name for stated in OPERATIONS.values() for name, field in stated.query.model_fields.items()}
    | {"unknown"}
)
LIKELY = st.sampled_from(
    [
        "",
        "0",
        "1",
        "-1",
        "200",
        "answered",
        "open",
        "AIS",
        "05HL00",
        "2027-06-08",
        "2027-06-08T08:00:00Z",
        "hour",
        "WzFd",
    ]
)
TEXT = st.text(max_size=30) | LIKELY
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
BODY_NAMES = ["number", "anyway", "note", "due_at", "owner", "state", "result", "until", "files", *ROTA]
BODY = st.dictionaries(st.sampled_from(BODY_NAMES), JSON, max_size=4) | JSON
QUERY = st.dictionaries(st.sampled_from(NAMES), TEXT, max_size=4)


@pytest.fixture
def door(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    door = Door(sqlite_sessions, clock)
    door.load_rota()
    with sqlite_sessions.begin() as session:
        a_call(session, a_line(session, clock.now()), clock.now())
        a_school(session, clock.now())
    door.ask("POST", "/callbacks", json={"number": "0612345678"})
    return door


@settings(max_examples=250, suppress_health_check=_QUIET)
@given(st.sampled_from(sorted(OPERATIONS)), TEXT, QUERY, BODY)
def test_random_input_is_refused_in_words(door: Door, name: str, part: str, query: dict[str, str], body: Any) -> None:
    stated = OPERATIONS[name]
    path = stated.path.replace("<id:call_id>", "1").replace("<id:callback_id>", "1")
    for placeholder in ("<string:code>", "<string:school_id>"):
        path = path.replace(placeholder, quote(part, safe="") or "x")
    sent = json.dumps(body).encode() if stated.method != "GET" else b""
    answer = door.ask(stated.method, path, query_string=query, data=sent, content_type="application/json")
    assert answer.status_code in (stated.status, 404, 409, 422), answer.text
    if answer.status_code != stated.status:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["status"] == answer.status_code


@settings(max_examples=100, suppress_health_check=_QUIET)
@given(st.sampled_from(["POST", "PUT", "PATCH"]), st.binary(max_size=60), st.sampled_from(["json", "zip", "xml", ""]))
def test_random_bytes_are_refused_in_words(door: Door, method: str, body: bytes, kind: str) -> None:
    for path in ("/callbacks", "/callbacks/1", "/rota", "/consultants/AIS/presence"):
        answer = door.ask(method, path, data=body, content_type=f"application/{kind}" if kind else None)
        assert answer.status_code in (405, 415, 422), answer.text
        assert answer.mimetype == "application/problem+json"
