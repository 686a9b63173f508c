"""A batch sends its writes completely and in order, and before any read that could see them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from callcenter.lines.records import Line
from callcenter.presence import claims
from callcenter.storage.base import table_of
from callcenter.storage.engine import make_sessions
from callcenter.storage.statements import Batch, Prepared
from callcenter.storage.totals import add, count, write_counted
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.records import OutboxMessage

Sessions = sessionmaker[Session]
NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
LINES = table_of(Line)
ADD = Prepared(insert(LINES), ("number", "name", "created_at"))
ADD_RETURNING = Prepared(insert(LINES).returning(LINES.c.name), ("number", "name", "created_at"))
RENAME = Prepared(
    update(LINES).where(LINES.c.number == bindparam("of")).values(name=bindparam("to", type_=LINES.c.name.type))
)


def a_line(n: int) -> dict[str, Any]:
    return {"number": f"+3185888000{n}", "name": f"line {n}", "created_at": NOW}


def rename(batch: Batch, n: int, to: str) -> None:
    number = a_line(n)["number"]
    batch.add(RENAME, {"of": number, "to": to}, rows=(number,))


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Line.name).order_by(Line.number)))


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_writes_that_nobody_reads_back_go_to_postgresql_together(sessions: Sessions, engine: Engine) -> None:
    with counted(engine) as statements, sessions.begin() as session:
        batch = Batch(session)
        batch.add(ADD, a_line(1))
        enqueue(session, NOW, Order("place_leg", {"to": "x"}, 60), batch=batch)
        add(session, count("callcenter_calls_total", line="1"))
        write_counted(session, batch)
    assert len(statements) == (1 if engine.dialect.name == "postgresql" else 3)
    with sessions() as session:
        assert names(session) == ["line 1"]
        assert [order.payload for order in session.scalars(select(OutboxMessage))] == [{"to": "x"}]


def test_the_last_write_takes_the_others_along_and_returns_its_own_rows(sessions: Sessions) -> None:
    with sessions.begin() as session:
        batch = Batch(session)
        batch.add(ADD, a_line(1))
        assert batch.write_with(ADD_RETURNING, a_line(2)) == [("line 2",)]
    with sessions() as session:
        assert names(session) == ["line 1", "line 2"]


def test_a_row_that_is_added_and_then_changed_has_the_change(sessions: Sessions) -> None:
    with sessions.begin() as session:
        batch = Batch(session)
        batch.add(ADD, a_line(1))
        rename(batch, 1, "renamed")
    with sessions() as session:
        assert names(session) == ["renamed"]


def test_a_row_that_is_changed_twice_has_the_last_change_and_another_row_its_own(sessions: Sessions) -> None:
    with sessions.begin() as session:
        batch = Batch(session)
        batch.add(ADD, a_line(1))
        batch.add(ADD, a_line(2))
        for n, name in ((1, "one"), (2, "two"), (1, "uno")):
            rename(batch, n, name)
    with sessions() as session:
        assert names(session) == ["uno", "two"]


def test_two_batches_of_one_transaction_write_in_the_order_in_which_they_were_given(sessions: Sessions) -> None:
    with sessions.begin() as session:
        first, second = Batch(session), Batch(session)
        first.add(ADD, a_line(1))
        rename(second, 1, "second")
        rename(first, 1, "first again")
    with sessions() as session:
        assert names(session) == ["first again"]


READS = {
    "the ORM": names,
    "Core": lambda session: list(session.connection().execute(select(LINES.c.name).order_by(LINES.c.number)).scalars()),
    "a prepared statement": lambda session: [
        name for (name,) in Prepared(select(LINES.c.name).order_by(LINES.c.number))(session.connection(), {})
    ],
    "plain SQL": lambda session: [
        row[0] for row in session.connection().exec_driver_sql("SELECT name FROM line ORDER BY number")
    ],
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_every_read_within_a_batch_finds_what_waits_in_it(
    sessions: Sessions, read: Callable[[Session], list[str]]
) -> None:
    with sessions.begin() as session:
        batch = Batch(session)
        batch.add(ADD, a_line(1))
        assert read(session) == ["line 1"]
        session.add(Line(**a_line(2)))
        batch.add(ADD, a_line(3))
        session.flush()
        assert read(session) == ["line 1", "line 2", "line 3"]


def test_a_consultant_who_accepted_is_on_a_call_for_every_later_read_of_the_transaction(sessions: Sessions) -> None:
    with sessions.begin() as session:
        claims.insert_missing(session, ["AIS"])
        assert claims.claim(session, ["AIS"], "CA1", NOW + timedelta(seconds=30), NOW)
        claims.start_talk(session, "AIS", "CA1", NOW, Batch(session))
        assert claims.person_states(session)["AIS"].on_call


@pytest.mark.parametrize("ends", ["rollback", "close"])
def test_what_waits_in_a_transaction_that_is_given_up_is_never_written(sessions: Sessions, ends: str) -> None:
    with sessions() as session:
        batch = Batch(session)
        batch.add(ADD, a_line(1))
        getattr(session, ends)()
        batch.add(ADD, a_line(2))
        session.commit()
    with sessions() as session:
        assert names(session) == ["line 2"]


def test_a_savepoint_takes_back_what_was_to_be_written_within_it_and_nothing_else(sessions: Sessions) -> None:
    with sessions.begin() as session:
        batch = Batch(session)
        batch.add(ADD, a_line(1))
        savepoint = session.begin_nested()
        batch.add(ADD, a_line(2))
        savepoint.rollback()
        with session.begin_nested():
            batch.add(ADD, a_line(3))
    with sessions() as session:
        assert names(session) == ["line 1", "line 3"]


def test_a_refusal_is_raised_at_the_last_write_and_nothing_of_the_batch_stands(sessions: Sessions) -> None:
    with sessions.begin() as session:
        Batch(session).add(ADD, a_line(1))
    with sessions() as session:
        batch = Batch(session)
        batch.add(ADD, a_line(2))
        with pytest.raises(IntegrityError):
            batch.write_with(ADD, a_line(1))
    with sessions() as session:
        assert names(session) == ["line 1"]


def test_a_refusal_at_the_commit_leaves_nothing(sessions: Sessions, engine: Engine) -> None:
    with sessions.begin() as session:
        Batch(session).add(ADD, a_line(1))

    def refused_at_the_commit() -> None:
        with sessions.begin() as session:
            batch = Batch(session)
            batch.add(ADD, a_line(2))
            batch.add(ADD, a_line(1))

    with pytest.raises(IntegrityError):
        refused_at_the_commit()
    with sessions() as session:
        assert names(session) == ["line 1"]
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_connection_that_dies_with_a_batch_is_replaced_and_the_batch_is_gone(
    postgresql_url: str, open_engine: Callable[[str], Engine]
) -> None:
    sessions = make_sessions(open_engine(postgresql_url))
    session = sessions()
    batch = Batch(session)
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    batch.add(ADD, a_line(1))
    with open_engine(postgresql_url).connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with pytest.raises(OperationalError):
        session.execute(text("SELECT 1"))
    session.rollback()
    batch.add(ADD, a_line(2))
    session.commit()
    session.close()
    with sessions() as later:
        assert names(later) == ["line 2"]


def test_orders_are_numbered_as_they_were_put(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for n in range(4):
            enqueue(session, NOW, Order("place_leg", {"n": n}, 60))
    with sessions() as session:
        orders = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        assert [order.payload["n"] for order in orders] == [0, 1, 2, 3]


def test_hundreds_of_orders_are_stored_each_once_and_numbered_as_they_were_put(sessions: Sessions) -> None:
    with sessions.begin() as session:
        orders = [Order("send_message", {"n": n}, 60, dedupe_key=f"key {n % 120}") for n in range(130)]
        enqueue(session, NOW, *orders)
        enqueue(session, NOW, Order("send_message", {"n": "again"}, 60, dedupe_key="key 3"))
    with sessions() as session:
        stored = session.scalars(select(OutboxMessage.payload).order_by(OutboxMessage.id)).all()
    assert [payload["n"] for payload in stored] == list(range(120))
