"""`write_changes` writes all changed rows of a transaction, and a rollback leaves none of them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.orm import Session, sessionmaker

from callcenter.lines.records import Line
from callcenter.storage.engine import reading
from callcenter.storage.records import MetricTotal
from callcenter.storage.rows import insert_row, insert_unless_exists, write_changes
from callcenter.storage.statements import Batch
from callcenter.storage.totals import add, count

Sessions = sessionmaker[Session]
NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
OF = select(Line).where(Line.number == bindparam("number")).with_for_update()


@pytest.fixture(autouse=True)
def _two_lines(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.add_all(Line(number=f"+3185888000{n}", name=f"line {n}", created_at=NOW) for n in (1, 2))


def line(session: Session, n: int = 1) -> Line:
    fresh = {"populate_existing": True}
    return session.scalars(OF, {"number": f"+3185888000{n}"}, execution_options=fresh).one()


def names(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(Line.name).order_by(Line.number)))


def at_once(session: Session) -> None:
    """No pause between the two."""


def by_a_query_for_objects(session: Session) -> None:
    assert len(session.scalars(select(Line)).all()) == 2


def by_a_savepoint(session: Session) -> None:
    with session.begin_nested():
        session.execute(text("UPDATE line SET name = 'second' WHERE name = 'line 2'"))
    session.execute(text("UPDATE line SET name = 'line 2' WHERE name = 'second'"))


def by_a_savepoint_in_which_nothing_is_done(session: Session) -> None:
    with session.begin_nested():
        pass


WAYS = [
    at_once,
    by_a_query_for_objects,
    by_a_savepoint,
    by_a_savepoint_in_which_nothing_is_done,
]
ways = pytest.mark.parametrize("goes_on", WAYS, ids=lambda way: way.__name__)


@ways
def test_what_is_changed_before_and_after_is_written(sessions: Sessions, goes_on: Callable[[Session], None]) -> None:
    with sessions() as session:
        first, second = line(session, 1), line(session, 2)
        first.name = "changed before"
        goes_on(session)
        second.name = "changed after"
        session.commit()
    assert names(sessions) == ["changed before", "changed after"]


@ways
def test_a_row_changed_twice_has_its_last_value(sessions: Sessions, goes_on: Callable[[Session], None]) -> None:
    with sessions() as session:
        first = line(session)
        first.name = "once"
        goes_on(session)
        first.name = "twice"
        write_changes(session, Batch(session))
        session.commit()
    assert names(sessions)[0] == "twice"


@ways
@pytest.mark.parametrize("ends", ["rollback", "close", "error"])
def test_what_is_not_committed_is_not_there(sessions: Sessions, goes_on: Callable[[Session], None], ends: str) -> None:
    class Stumbled(Exception):
        pass

    try:
        with sessions() as session:
            line(session).name = "never"
            add(session, count("callcenter_calls_total", line="1"))
            goes_on(session)
            write_changes(session, Batch(session))
            if ends == "error":
                raise Stumbled
            getattr(session, ends)()
    except Stumbled:
        pass
    assert names(sessions) == ["line 1", "line 2"]
    with sessions() as session:
        assert not session.scalars(select(MetricTotal)).all()


@ways
def test_a_session_serves_one_transaction_after_the_other(
    sessions: Sessions, goes_on: Callable[[Session], None]
) -> None:
    with sessions() as session:
        line(session).name = "first"
        goes_on(session)
        session.commit()
        line(session, 2).name = "second"
        session.rollback()
        line(session, 2).name = "third"
        session.commit()
    assert names(sessions) == ["first", "third"]


@ways
def test_every_connection_is_given_back(sessions: Sessions, engine: Engine, goes_on: Callable[[Session], None]) -> None:
    before = engine.pool.checkedout()  # type: ignore[attr-defined]
    for _ in range(50):
        with sessions() as session:
            line(session).name = "line 1"
            goes_on(session)
            session.commit()
        with sessions() as session:
            line(session)
            goes_on(session)
    assert engine.pool.checkedout() == before  # type: ignore[attr-defined]


@ways
def test_a_row_is_one_object_and_up_to_date(sessions: Sessions, goes_on: Callable[[Session], None]) -> None:
    with sessions() as session:
        first = line(session)
        goes_on(session)
        session.connection().execute(text("UPDATE line SET name = 'anew' WHERE number = '+31858880001'"))
        assert line(session) is first
        assert first.name == "anew"
        assert first in session


@ways
def test_what_was_changed_is_not_lost_when_its_row_is_loaded_anew(
    sessions: Sessions, goes_on: Callable[[Session], None]
) -> None:
    with sessions() as session:
        first = line(session)
        first.name = "changed"
        goes_on(session)
        assert line(session) is first
        assert first.name == "changed"
        session.commit()
    assert names(sessions)[0] == "changed"


@ways
def test_what_was_written_by_prepared_statements_stands(sessions: Sessions, goes_on: Callable[[Session], None]) -> None:
    with sessions() as session:
        session.connection().execute(text("UPDATE line SET name = 'written' WHERE name = 'line 1'"))
        goes_on(session)
        session.commit()
    assert names(sessions)[0] == "written"


def test_a_question_for_objects_finds_what_was_changed_before(sessions: Sessions) -> None:
    with sessions() as session:
        line(session).name = "changed"
        assert session.scalars(select(Line.id).where(Line.name == "changed")).all()


@pytest.mark.parametrize("change", [True, False], ids=["changed before", "nothing changed"])
def test_a_savepoint_that_is_taken_back_takes_nothing_along(sessions: Sessions, change: bool) -> None:
    with sessions() as session:
        first = line(session)
        if change:
            first.name = "before"
        savepoint = session.begin_nested()
        line(session, 2).name = "within"
        savepoint.rollback()
        session.commit()
    assert names(sessions) == ["before" if change else "line 1", "line 2"]


def test_a_flush_writes_what_was_changed(sessions: Sessions) -> None:
    with sessions() as session:
        line(session).name = "changed"
        session.flush()
        told = session.connection().execute(text("SELECT name FROM line WHERE name = 'changed'")).all()
        assert told == [("changed",)]


def test_a_row_that_is_held_from_one_transaction_to_the_next_stays_one(sessions: Sessions) -> None:
    with sessions() as session:
        held = session.scalars(select(Line).where(Line.number == "+31858880001")).one()
        session.commit()
        assert line(session) is held
        held.name = "again"
        assert session.scalars(select(Line)).all()
        session.commit()
    assert names(sessions)[0] == "again"


@pytest.mark.parametrize("line_id", [None, 3], ids=["its id is not known", "its id is known"])
def test_a_new_row_is_stored_once_and_its_changes_after_it(sessions: Sessions, line_id: int | None) -> None:
    with sessions() as session:
        batch = Batch(session)
        third = Line(id=line_id, number="+31858880003", name="made", created_at=NOW)
        insert_row(session, batch, third)
        assert line(session, 3) is third
        third.name = "changed"
        write_changes(session, batch)
        session.commit()
    assert names(sessions) == ["line 1", "line 2", "changed"]


def test_a_row_that_exists_is_not_stored_again(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert insert_unless_exists(session, Line, {"number": "+31858880001", "name": "x", "created_at": NOW}) is None
        new = insert_unless_exists(session, Line, {"number": "+31858880003", "name": "line 3", "created_at": NOW})
        assert new in session
    assert names(sessions) == ["line 1", "line 2", "line 3"]


@ways
def test_what_is_begun_as_a_block_is_committed_at_its_end(
    sessions: Sessions, goes_on: Callable[[Session], None]
) -> None:
    with sessions.begin() as session:
        line(session).name = "changed"
        goes_on(session)
    assert names(sessions) == ["changed", "line 2"]


@ways
def test_a_block_that_fails_leaves_nothing(sessions: Sessions, goes_on: Callable[[Session], None]) -> None:
    def stumble() -> None:
        with sessions.begin() as session:
            line(session).name = "changed"
            goes_on(session)
            raise LookupError

    with pytest.raises(LookupError):
        stumble()
    assert names(sessions) == ["line 1", "line 2"]


def test_what_is_only_counted_is_written(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add(session, count("callcenter_webhook_replays_total"))
    with sessions() as session:
        assert session.scalar(select(MetricTotal.value)) == 1


def test_what_is_counted_after_a_commit_is_committed_by_the_next(sessions: Sessions) -> None:
    with sessions() as session:
        session.add(Line(number="+31858880003", name="line 3", created_at=NOW))
        session.commit()
        add(session, count("callcenter_webhook_replays_total"))
        session.commit()
        assert not session.in_transaction()
    with sessions() as session:
        assert session.scalar(select(MetricTotal.value)) == 1


def test_a_transaction_in_which_nothing_is_done_may_be_committed(sessions: Sessions) -> None:
    with sessions.begin() as session:
        pass
    session.commit()


def test_a_reader_takes_no_lock(sessions: Sessions) -> None:
    with reading(sessions) as session:
        assert line(session).name == "line 1"
        with sessions() as other:
            line(other, 2).name = "meanwhile"
            other.commit()
    assert names(sessions) == ["line 1", "meanwhile"]
