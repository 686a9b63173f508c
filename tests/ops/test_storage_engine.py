"""SQLite and PostgreSQL behave alike in what the product relies on: instants, transactions, keys, races."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.clock import VirtualClock
from callcenter.lines.records import Line
from callcenter.presence.records import ConsultantState
from callcenter.storage.base import table_of
from callcenter.storage.engine import make_sessions, reading
from callcenter.storage.records import SystemFact
from callcenter.storage.statements import Prepared

Sessions = sessionmaker[Session]


def _a_line(session: Session, number: str, at: datetime) -> Line:
    line = Line(number=number, name="RBL", created_at=at)
    session.add(line)
    session.flush()
    return line


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2027, 6, 8, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam")),
        datetime(2027, 6, 8, 4, 0, tzinfo=timezone(timedelta(hours=-4))),
        datetime(2027, 6, 8, 8, 0, tzinfo=UTC),
    ],
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(sessions: Sessions, instant: datetime) -> None:
    with sessions.begin() as session:
        _a_line(session, "+31858880000", instant)
    with sessions() as session:
        stored = session.scalars(select(Line)).one().created_at
    assert stored == instant
    assert stored.utcoffset() == timedelta(0)


def test_instants_are_compared_as_instants_to_the_microsecond(sessions: Sessions, clock: VirtualClock) -> None:
    now = clock.now()
    with sessions.begin() as session:
        _a_line(session, "+31858880000", now + timedelta(microseconds=1))
        _a_line(session, "+31858880001", now)
    in_amsterdam = now.astimezone(ZoneInfo("Europe/Amsterdam"))
    with sessions() as session:
        assert session.scalars(select(Line.number).where(Line.created_at <= in_amsterdam)).all() == ["+31858880001"]


def test_an_instant_without_a_zone_is_refused(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(StatementError, match="naive datetime"):
        _a_line(session, "+31858880000", datetime.fromisoformat("2027-06-08T08:00:00"))


def test_a_row_that_points_nowhere_is_refused(sessions: Sessions) -> None:
    sound = insert(VoicemailAudio).values(voicemail_id=17, content_type="audio/wav", audio=b"RIFF")
    with sessions() as session, pytest.raises(IntegrityError):
        session.execute(sound)


def test_a_message_takes_its_sound_with_it(sessions: Sessions, clock: VirtualClock) -> None:
    with sessions.begin() as session:
        session.add(Voicemail(id=1, received_at=clock.now(), state="stored"))
        session.flush()
        session.add(VoicemailAudio(voicemail_id=1, content_type="audio/wav", audio=bytes(range(256))))
    with sessions.begin() as session:
        assert session.get_one(VoicemailAudio, 1).audio == bytes(range(256))
        session.execute(text("DELETE FROM voicemail"))
    with sessions() as session:
        assert session.get(VoicemailAudio, 1) is None


def test_what_is_written_while_only_reading_is_not_kept(sessions: Sessions, clock: VirtualClock) -> None:
    with reading(sessions) as session:
        _a_line(session, "+31858880000", clock.now())
    with reading(sessions) as session:
        assert session.scalars(select(Line)).all() == []


def test_a_reader_is_not_held_up_by_a_writer(sessions: Sessions, clock: VirtualClock) -> None:
    with sessions() as writer:
        _a_line(writer, "+31858880000", clock.now())
        with reading(sessions) as reader:
            assert reader.scalars(select(Line)).all() == []
        writer.commit()


def test_a_sqlite_transaction_that_read_first_may_always_write(sqlite_sessions: Sessions, clock: VirtualClock) -> None:
    # A deferred transaction would fail here with "database is locked", at once and regardless of the timeout.
    def read_then_write(name: str) -> None:
        with sqlite_sessions.begin() as session:
            assert session.scalars(select(SystemFact)).all() is not None
            session.add(SystemFact(key=name, value={}, at=clock.now()))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(read_then_write, [f"fact-{n}" for n in range(64)]))
    with reading(sqlite_sessions) as session:
        assert len(session.scalars(select(SystemFact)).all()) == 64


def test_one_conditional_update_decides_a_race(sessions: Sessions, clock: VirtualClock) -> None:
    with sessions.begin() as session:
        session.add(ConsultantState(code="AIS"))

    def claim(call: int) -> int:
        claiming = (
            update(ConsultantState)
            .where(ConsultantState.code == "AIS", ConsultantState.reserved_for.is_(None))
            .values(reserved_for=f"call:{call}")
            .returning(ConsultantState.code)
        )
        with sessions.begin() as session:
            return len(session.scalars(claiming).all())

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(claim, range(32))) == 1


def test_a_plain_connection_may_commit_twice_without_waiting_for_itself(engine: Engine, clock: VirtualClock) -> None:
    with engine.connect() as connection:
        for number in ("+31858880000", "+31858880001"):
            connection.execute(insert(Line).values(number=number, name="RBL", created_at=clock.now()))
            connection.commit()
            connection.execute(insert(Line).values(number="+31858880009", name="RBL", created_at=clock.now()))
            connection.rollback()
        assert len(connection.execute(select(Line.id)).all()) == 2


def test_a_connection_that_is_held_after_its_commit_stops_no_other_writer(engine: Engine, clock: VirtualClock) -> None:
    with engine.connect() as first, engine.connect() as second:
        for connection, number in ((first, "+31858880000"), (second, "+31858880001"), (first, "+31858880002")):
            connection.execute(insert(Line).values(number=number, name="RBL", created_at=clock.now()))
            connection.commit()
    with make_sessions(engine)() as session:
        assert len(session.scalars(select(Line)).all()) == 3


def test_the_hour_that_a_clock_change_repeats_is_stored_twice(sessions: Sessions) -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))
    add = Prepared(insert(table_of(Line)), ("number", "name", "created_at"))
    with sessions.begin() as session:
        for number, at in (("+31858880000", first), ("+31858880001", first.replace(fold=1))):
            add(session.connection(), {"number": number, "name": "prepared", "created_at": at})
            session.add(Line(number=f"{number}9", name="ORM", created_at=at))
    with sessions() as session:
        stored = session.execute(select(Line.name, Line.created_at).order_by(Line.number)).all()
    hours = {(name, at.hour) for name, at in stored}
    assert hours == {("prepared", 0), ("prepared", 1), ("ORM", 0), ("ORM", 1)}


def test_a_commit_that_fails_is_sqlalchemys_error_and_frees_the_writer(sqlite_engine: Engine) -> None:
    deferred = (
        "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    )
    with sqlite_engine.begin() as connection:
        for statement in deferred:
            connection.execute(text(statement))
    with sqlite_engine.connect() as connection:
        connection.execute(text("INSERT INTO child VALUES (1)"))
        with pytest.raises(IntegrityError):
            connection.commit()
        with sqlite_engine.begin() as other:
            other.execute(text("INSERT INTO parent VALUES (1)"))


def test_the_tables_need_no_care_for_words_of_sql(engine: Engine, clock: VirtualClock) -> None:
    # "user", "group" and "by" are SQL keywords and names of our columns or tables.
    with make_sessions(engine)() as session:
        assert session.execute(text('SELECT count(*) FROM "user"')).scalar() == 0


def test_a_database_that_is_away_is_told_within_seconds(open_engine: Callable[[str], Engine]) -> None:
    engine = open_engine("postgresql+psycopg://postgres@127.0.0.1:1/callcenter")
    with pytest.raises(Exception, match=r"(?i)connection"), engine.connect():
        pass


def test_a_result_names_its_columns_in_order_and_a_command_has_none(engine: Engine) -> None:
    with engine.begin() as connection:
        result = connection.execute(text("SELECT 1 AS first, 'two' AS second, NULL AS first WHERE 1 = 0"))
        assert list(result.keys()) == ["first", "second", "first"]
        assert result.all() == []
        assert connection.execute(text("SELECT 1 AS één")).mappings().one() == {"één": 1}
        assert not connection.execute(text("CREATE TEMPORARY TABLE empty_one (id INTEGER)")).returns_rows
