"""Does a write that waits for its transaction's last come all the same, in order and whole, on both databases?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, event, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from callcenter.lines.records import Line
from callcenter.storage.base import table_of
from callcenter.storage.later import write_last, write_later
from callcenter.storage.prepared import Prepared
from callcenter.storage.totals import add, count
from callcenter.telephony.outbox import Order, put
from callcenter.telephony.records import OutboxMessage

Sessions = sessionmaker[Session]
NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
LINES = table_of(Line)
ADD = Prepared(insert(LINES), ("number", "name", "created_at"))
ADD_AND_TELL = Prepared(insert(LINES).returning(LINES.c.name), ("number", "name", "created_at"))
RENAME = Prepared(
    update(LINES).where(LINES.c.number == bindparam("of")).values(name=bindparam("to", type_=LINES.c.name.type))
)


def a_line(n: int) -> dict[str, Any]:
    return {"number": f"+3185888000{n}", "name": f"line {n}", "created_at": NOW}


def rename(session: Session, n: int, to: str) -> None:
    number = a_line(n)["number"]
    write_later(session, RENAME, {"of": number, "to": to}, rows=(number,))


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
        write_later(session, ADD, a_line(1))
        put(session, NOW, Order("place_leg", {"to": "x"}, 60))
        add(session, count("callcenter_calls_total", line="1"))
    assert len(statements) == (1 if engine.dialect.name == "postgresql" else 3)
    with sessions() as session:
        assert names(session) == ["line 1"]
        assert [order.payload for order in session.scalars(select(OutboxMessage))] == [{"to": "x"}]


def test_the_last_write_takes_the_others_along_and_tells_its_own_rows(sessions: Sessions) -> None:
    with sessions.begin() as session:
        write_later(session, ADD, a_line(1))
        assert write_last(session, ADD_AND_TELL, a_line(2)) == [("line 2",)]
    with sessions() as session:
        assert names(session) == ["line 1", "line 2"]


def test_a_row_that_is_added_and_then_changed_has_the_change(sessions: Sessions) -> None:
    with sessions.begin() as session:
        write_later(session, ADD, a_line(1))
        rename(session, 1, "renamed")
    with sessions() as session:
        assert names(session) == ["renamed"]


def test_a_row_that_is_changed_twice_has_the_last_change_and_another_row_its_own(sessions: Sessions) -> None:
    with sessions.begin() as session:
        write_later(session, ADD, a_line(1))
        write_later(session, ADD, a_line(2))
        for n, name in ((1, "one"), (2, "two"), (1, "uno")):
            rename(session, n, name)
    with sessions() as session:
        assert names(session) == ["uno", "two"]


def test_who_asks_in_between_sees_what_waited(sessions: Sessions) -> None:
    with sessions.begin() as session:
        write_later(session, ADD, a_line(1))
        assert names(session) == ["line 1"]
        session.add(Line(**a_line(2)))
        write_later(session, ADD, a_line(3))
        session.flush()
        assert names(session) == ["line 1", "line 2", "line 3"]


def test_what_waited_for_a_transaction_that_is_rolled_back_never_comes(sessions: Sessions) -> None:
    with sessions() as session:
        write_later(session, ADD, a_line(1))
        session.rollback()
        write_later(session, ADD, a_line(2))
        session.commit()
    with sessions() as session:
        assert names(session) == ["line 2"]


def test_a_savepoint_takes_back_what_was_to_be_written_within_it_and_nothing_else(sessions: Sessions) -> None:
    with sessions.begin() as session:
        write_later(session, ADD, a_line(1))
        savepoint = session.begin_nested()
        write_later(session, ADD, a_line(2))
        savepoint.rollback()
        with session.begin_nested():
            write_later(session, ADD, a_line(3))
    with sessions() as session:
        assert names(session) == ["line 1", "line 3"]


def test_a_refusal_is_told_at_the_last_write_and_nothing_of_it_stands(sessions: Sessions) -> None:
    with sessions.begin() as session:
        write_later(session, ADD, a_line(1))
    with sessions() as session:
        write_later(session, ADD, a_line(2))
        with pytest.raises(IntegrityError):
            write_last(session, ADD, a_line(1))
    with sessions() as session:
        assert names(session) == ["line 1"]


def test_orders_are_numbered_as_they_were_put(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for n in range(4):
            put(session, NOW, Order("place_leg", {"n": n}, 60))
    with sessions() as session:
        orders = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        assert [order.payload["n"] for order in orders] == [0, 1, 2, 3]


def test_hundreds_of_orders_are_stored_each_once_and_numbered_as_they_were_put(sessions: Sessions) -> None:
    with sessions.begin() as session:
        orders = [Order("send_message", {"n": n}, 60, dedupe_key=f"key {n % 120}") for n in range(130)]
        put(session, NOW, *orders)
        put(session, NOW, Order("send_message", {"n": "again"}, 60, dedupe_key="key 3"))
    with sessions() as session:
        stored = session.scalars(select(OutboxMessage.payload).order_by(OutboxMessage.id)).all()
    assert [payload["n"] for payload in stored] == list(range(120))
