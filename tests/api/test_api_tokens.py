"""Until when a token opens the API, who used it last, and what the audit log says of reading."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.records import ApiToken, AuditEvent
from callcenter.access.tokens import create_token
from callcenter.clock import VirtualClock
from tests.support.api_office import Door, a_call, a_line, a_school


@pytest.fixture
def door(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    door = Door(sessions, clock)
    door.load_rota()
    with sessions.begin() as session:
        line = a_line(session, clock.now())
        a_school(session, clock.now())
        for _ in range(3):
            a_call(session, line, clock.now())
    return door


def read(door: Door) -> list[tuple[str, str, dict[str, int]]]:
    """What the audit log says of reading."""
    with door.sessions() as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.action == "numbers_read").order_by(AuditEvent.id))
        return [(row.actor, row.subject, row.detail) for row in rows]


def test_reading_numbers_is_noted_by_token_subject_and_hour(door: Door, clock: VirtualClock) -> None:
    made = door.ask("POST", "/callbacks", json={"number": "078 614 0001"}).json["id"]
    for _ in range(30):  # a program that asks every ten seconds
        door.get("/calls?limit=2")
        clock.advance(10)
    for path in ("/calls/1", f"/callbacks/{made}", "/callbacks", "/schools?q=weg", "/schools/05HL00"):
        door.get(path)
    # A change of nothing shows the number too.
    assert door.ask("PATCH", f"/callbacks/{made}", json={}).status_code == 200
    for path in ("/consultants", "/reachability?from=2027-06-01&to=2027-06-08", "/rota?from=2027-06-01&to=2027-06-08"):
        door.get(path)
    assert door.ask("GET", "/calls/999").status_code == 404
    clock.advance(3600)
    door.get("/calls")
    assert read(door) == [
        ("a lead (token 1)", "calls", {"requests": 31, "shown": 61}),
        ("a lead (token 1)", "callbacks", {"requests": 3, "shown": 3}),
        ("a lead (token 1)", "schools", {"requests": 2, "shown": 2}),
        ("a lead (token 1)", "calls", {"requests": 1, "shown": 3}),
    ]


def test_each_token_is_named_also_when_another_had_its_name(door: Door, clock: VirtualClock) -> None:
    with door.sessions.begin() as session:
        first = create_token(session, clock.now(), "lead", name="grafana", days=1)
    door.get("/calls", first)
    clock.advance(timedelta(days=1).total_seconds())
    with door.sessions.begin() as session:
        second = create_token(session, clock.now(), "lead", name="grafana")
    door.get("/calls", second)
    assert [actor for actor, _, _ in read(door)] == ["grafana (token 2)", "grafana (token 3)"]


def test_a_token_opens_nothing_from_the_moment_it_expires(door: Door, clock: VirtualClock) -> None:
    with door.sessions.begin() as session:
        month = create_token(session, clock.now(), "lead", name="month", days=30)
        ever = create_token(session, clock.now(), "lead", name="ever", days=0)
    clock.advance(timedelta(days=30).total_seconds() - 1)
    assert door.ask("GET", "/calls", month).status_code == 200
    clock.advance(1)
    assert door.ask("GET", "/calls", month).status_code == 401
    clock.advance(timedelta(days=335).total_seconds())
    assert door.ask("GET", "/calls").status_code == 401  # made without days: a year
    clock.advance(timedelta(days=9000).total_seconds())
    assert door.ask("GET", "/calls", ever).status_code == 200


def test_the_last_use_is_stored_once_an_hour(door: Door, clock: VirtualClock) -> None:
    def used() -> list[timedelta]:
        with door.sessions() as session:
            at = session.scalar(select(ApiToken.used_at).where(ApiToken.id == 1))
            return [] if at is None else [at - began]

    began = clock.now()
    assert used() == []
    door.get("/consultants")
    assert used() == [timedelta(0)]
    clock.advance(3599)
    door.get("/consultants")
    assert used() == [timedelta(0)]
    clock.advance(1)
    assert door.ask("POST", "/callbacks", json={"number": "078 614 0001"}).status_code == 201
    assert used() == [timedelta(seconds=3600)]
