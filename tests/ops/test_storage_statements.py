"""Prepared statements return what SQLAlchemy returns, and rows are written completely, on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, bindparam, event, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.lines.records import Line
from callcenter.presence.claims import person_states
from callcenter.presence.eligibility import PersonState
from callcenter.presence.records import ConsultantState
from callcenter.routing.transaction import CallTransaction, live_legs, locked_call
from callcenter.storage import engine as storage_engine
from callcenter.storage.base import table_of
from callcenter.storage.engine import make_sessions
from callcenter.storage.rows import write_changes
from callcenter.storage.statements import Batch, Prepared

Sessions = sessionmaker[Session]
NOW = datetime(2027, 6, 8, 8, 0, 0, 123_456, tzinfo=UTC)


def a_call(session: Session, sid: str = "CA1") -> Call:
    line = session.scalars(select(Line)).first() or Line(number="+31858880000", name="RBL", created_at=NOW)
    session.add(line)
    session.flush()
    call = Call(
        call_sid=sid, line_id=line.id, group="school", received_at=NOW, in_hours=True, state="ringing", stage="hunting",
        wait_s=1.5, last_event_at=NOW,
    )  # fmt: skip
    session.add(call)
    session.flush()
    return call


def a_leg(session: Session, call: Call, consultant: str) -> None:
    what = {"call_id": call.id, "tier": "x", "state": "ringing", "ring_timeout_s": 15}
    session.add(Leg(consultant=consultant, offered_at=NOW, expires_at=NOW, **what))
    session.flush()


def test_values_of_every_kind_come_back_as_sqlalchemy_gives_them(sessions: Sessions) -> None:
    table = table_of(Call)
    columns = [table.c[name] for name in ("id", "received_at", "in_hours", "wait_s", "areas", "ended_at", "group")]
    statement = select(*columns).where(table.c.received_at == bindparam("at", type_=table.c.received_at.type))
    with sessions.begin() as session:
        a_call(session)
        own = session.execute(statement, {"at": NOW}).all()
        assert len(own) == 1
        assert Prepared(statement)(session.connection(), {"at": NOW}) == [tuple(row) for row in own]


def test_everybodys_state_in_one_value_is_what_is_stored(sessions: Sessions) -> None:
    whole_second = NOW.replace(microsecond=0)
    with sessions.begin() as session:
        assert person_states(session) == {}
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL TIME ZONE 'Europe/Amsterdam'"))
        session.add(ConsultantState(code="BRA", talking_since=NOW, last_offered_at=NOW, paused_until=whole_second))
        session.add(
            ConsultantState(
                code="ÇEM", presence="break", presence_until=NOW, reserved_until=NOW, wrap_up_until=NOW,
                last_call_ended_at=NOW, not_accepted=2,
            )
        )  # fmt: skip
        session.flush()
        found = person_states(session)
        session.rollback()
    assert found == {
        "BRA": PersonState("BRA", on_call=True, last_offered_at=NOW, paused_until=whole_second),
        "ÇEM": PersonState("ÇEM", "break", NOW, NOW, False, NOW, None, 2, None, NOW),
    }
    assert {instant.tzinfo for state in found.values() for instant in state if isinstance(instant, datetime)} == {UTC}


def test_what_the_database_refuses_is_raised_as_by_sqlalchemy_and_without_the_values(sessions: Sessions) -> None:
    lines = Prepared(insert(table_of(Line)), ("number", "name", "created_at"))
    values = {"number": "+31858880000", "name": "RBL", "created_at": NOW}
    with sessions() as session:
        lines(session.connection(), values)
        with pytest.raises(IntegrityError) as refused:
            lines(session.connection(), values)
    assert "RBL" not in str(refused.value)


def test_a_statement_with_a_default_made_in_python_is_refused(sessions: Sessions) -> None:
    incomplete = Prepared(insert(table_of(Call)), ("call_sid",))
    with sessions() as session, pytest.raises(ValueError, match="defaults"):
        incomplete(session.connection(), {"call_sid": "CA1"})


def test_only_what_changed_is_written_and_it_stays_written(sessions: Sessions, engine: Engine) -> None:
    with sessions.begin() as session:
        number = a_call(session).id
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: written.append(statement))
    with sessions.begin() as session:
        call = locked_call(CallTransaction(session, NOW), number)
        call.turn, call.group = 3, "school"
        write_changes(session, Batch(session))
    updates = [statement for statement in written if statement.startswith("UPDATE")]
    assert len(updates) == 1
    assert "turn" in updates[0]
    assert "group" not in updates[0]
    with sessions() as session:
        assert locked_call(CallTransaction(session, NOW), number).turn == 3


def test_a_call_that_is_looked_at_again_keeps_what_was_changed_meanwhile(sessions: Sessions) -> None:
    with sessions.begin() as session:
        number = a_call(session).id
    with sessions.begin() as session:
        call = locked_call(CallTransaction(session, NOW), number)
        call.turn = 5
        assert locked_call(CallTransaction(session, NOW), number) is call
        assert call.turn == 5
    with sessions() as session:
        assert locked_call(CallTransaction(session, NOW), number).turn == 5


def test_a_leg_that_this_transaction_has_ended_is_not_live_although_it_is_not_written_yet(sessions: Sessions) -> None:
    with sessions.begin() as session:
        call = a_call(session)
        a_leg(session, call, "BRA")
        a_leg(session, call, "CEM")
        first, second = live_legs(session, call)
        first.ended_at = NOW
        assert live_legs(session, call) == [second]


def test_a_postgresql_connection_that_died_while_idle_is_replaced_unnoticed(
    postgresql_url: str, open_engine: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(postgresql_url)
    monkeypatch.setattr(storage_engine, "_PING_AFTER_S", 0.0)
    with make_sessions(engine)() as session:
        session.execute(text("SELECT 1"))
    with open_engine(postgresql_url).connect() as other:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        other.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
    with make_sessions(engine)() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
