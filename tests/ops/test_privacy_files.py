"""A forgotten number cannot be read in the database's files, and a command says when somebody still hinders that."""

import itertools
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from callcenter.cli import main
from callcenter.clock import VirtualClock
from callcenter.privacy.erase import forget
from callcenter.privacy.files import clean_files, is_cleaning_ordered, order_cleaning
from callcenter.storage.engine import make_sessions
from schedules import erasure, retention
from tests.support.promises import an_office, at
from tests.support.traces import PARENT, a_life_of

NOW = at("8 08:00")
TRACES = (b"612345678", b"06 - 12 34 56 78", b"Jansen", b"RIFFvoice")
Sessions = sessionmaker[Session]


def traces(folder: Path) -> set[str]:
    """Which files hold something of the caller."""
    files = list(folder.glob("callcenter.db*"))
    assert files
    return {file.name for file in files if any(trace in file.read_bytes() for trace in TRACES)}


@pytest.fixture
def lived(sqlite_engine: Engine) -> Sessions:
    sessions = make_sessions(sqlite_engine)
    with sessions.begin() as session:
        a_life_of(session, an_office(session, NOW), NOW)
    return sessions


@pytest.fixture
def reader(sqlite_url: str, lived: Sessions) -> Iterator[sqlite3.Connection]:
    """Another program that reads the database, such as a backup: it still sees the caller."""
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN")
    assert connection.execute("SELECT count(*) FROM call").fetchone() == (3,)
    yield connection
    connection.close()


def run(*words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["callcenter", "privacy", *words, "--wait", "0"])
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", sqlite_url)


@pytest.mark.usefixtures("configured")
def test_while_somebody_reads_forget_says_what_is_to_come_and_the_job_ends_it(
    reader: sqlite3.Connection,
    lived: Sessions,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run("forget", PARENT, monkeypatch=monkeypatch) == 3
    printed = capsys.readouterr().out
    assert "erased: 3 calls" in printed
    assert "still to come" in printed
    assert traces(tmp_path) != set()

    assert run("forget", PARENT, monkeypatch=monkeypatch) == 3
    printed = capsys.readouterr().out
    assert "nothing was kept" not in printed
    assert "still to come" in printed

    assert not erasure.run(lived)
    reader.execute("COMMIT")
    assert erasure.run(lived)
    assert traces(tmp_path) == set()
    assert run("forget", PARENT, monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == "nothing was kept of this number\n"


@pytest.mark.usefixtures("configured")
def test_purge_says_it_likewise_and_the_next_purge_ends_it(
    reader: sqlite3.Connection,
    lived: Sessions,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with lived.begin() as session:
        session.execute(text("UPDATE callback SET state = 'reached', closed_at = created_at"))
        # Long before the clock of this machine, which the command uses.
        for table, column in (("call", "received_at"), ("callback", "closed_at"), ("receipt", "received_at")):
            session.execute(text(f"UPDATE {table} SET {column} = '2020-01-01 00:00:00'"))
    assert run("purge", monkeypatch=monkeypatch) == 3
    assert "still to come" in capsys.readouterr().out
    reader.execute("COMMIT")
    assert run("purge", monkeypatch=monkeypatch) == 0
    with lived() as session:
        assert not is_cleaning_ordered(session)
    content = b"".join(file.read_bytes() for file in tmp_path.glob("callcenter.db*"))
    assert b"Ook te bereiken op" not in content


def test_what_the_daily_job_erases_is_gone_from_the_files_with_the_next_erasure_job(
    lived: Sessions, tmp_path: Path
) -> None:
    with lived.begin() as session:
        session.execute(text("UPDATE callback SET state = 'reached', closed_at = created_at"))
        session.execute(text("UPDATE contact SET gone_at = updated_at"))
        session.execute(text("UPDATE blocked_number SET until = created_at"))
        session.execute(text("UPDATE outbox SET done_at = created_at"))
        session.execute(text("DELETE FROM system_fact"))
    retention.run(lived, VirtualClock(NOW + timedelta(days=1100)))
    with lived() as session:
        assert is_cleaning_ordered(session)
    assert erasure.run(lived)
    assert traces(tmp_path) == set()


def test_what_is_erased_while_the_files_are_cleaned_is_still_to_be_cleaned(
    lived: Sessions, sqlite_engine: Engine, sqlite_url: str, open_engine: Callable[[str], Engine]
) -> None:
    another = make_sessions(open_engine(sqlite_url))
    taken = itertools.count()

    def erase_more(*_: object) -> None:
        # The first connection reads what is ordered, the second one rewrites the file.
        if next(taken) == 1:
            with another.begin() as session:
                order_cleaning(session, NOW + timedelta(seconds=1), rewrite=True)

    with lived.begin() as session:
        order_cleaning(session, NOW, rewrite=True)
    event.listen(sqlite_engine, "checkout", erase_more)
    assert not clean_files(lived)
    with lived() as session:
        assert is_cleaning_ordered(session)
    assert clean_files(lived)


@pytest.mark.postgres
def test_on_postgresql_an_open_transaction_that_sees_the_caller_is_waited_for(
    postgresql_url: str, open_engine: Callable[[str], Engine]
) -> None:
    sessions = make_sessions(open_engine(postgresql_url))
    with sessions.begin() as session:
        a_life_of(session, an_office(session, NOW), NOW)
    with open_engine(postgresql_url).connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        assert reader.execute(text("SELECT count(*) FROM call")).scalar_one() == 3
        forget(sessions, PARENT, NOW, "lead")
        assert not clean_files(sessions, 0.0)
        reader.rollback()
    assert clean_files(sessions, 5.0)
    with sessions() as session:
        assert not is_cleaning_ordered(session)
        dead = text("SELECT n_dead_tup FROM pg_stat_all_tables WHERE relname = 'callback'")
        session.execute(text("SELECT pg_stat_force_next_flush()"))
        assert session.execute(dead).scalar_one() == 0
