"""A backup is of one moment, of a database in use, and is restored wholly or not at all; on both databases."""

import itertools
import os
import stat
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from callcenter.backup import postgresql_dump
from callcenter.backup.archive import BackupError, folder_beside, verify
from callcenter.backup.figures import differences, read_figures
from callcenter.backup.making import back_up
from callcenter.backup.restoring import restore
from callcenter.cli import cli
from callcenter.clock import VirtualClock
from callcenter.doctor import of_database
from callcenter.lines.records import Line
from callcenter.lines.register import add
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.migrate import alembic_config, head, is_current
from callcenter.storage.records import JobRun, MetricTotal
from callcenter.storage.system_facts import BACKED_UP, RESTORED, read_fact
from tests.support.databases import PostgresqlServer

LINE = "+31858880000"
WRITERS = 3


def lines(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(Line.name).order_by(Line.id)).scalars())


def a_line(engine: Engine, clock: VirtualClock, name: str = "RBL") -> None:
    with make_sessions(engine).begin() as session:
        add(session, LINE, name, clock.now())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "of tonight.backup"


def test_what_is_lost_comes_back_with_equal_figures(engine: Engine, clock: VirtualClock, file: Path) -> None:
    a_line(engine, clock)
    manifest = back_up(engine, file, clock)
    a_line(engine, clock, "renamed afterwards")
    engine.dispose()

    done = restore(engine, file, clock, replace=True)

    assert done.manifest == manifest == verify(file)
    assert (manifest.revision, manifest.figures.rows["line"], done.upgraded_from) == (head(), 1, None)
    assert lines(engine) == ["RBL"]
    with engine.connect() as connection:
        after = read_figures(connection)
    # The restore itself is in the audit log, and known to reconciliation and to the doctor.
    assert differences(manifest.figures, after) == [
        "rows audit_event: 0 in the backup, 1 restored",
        "rows system_fact: 0 in the backup, 2 restored",
    ]


def test_the_new_database_takes_rows_after_those_of_the_backup(engine: Engine, clock: VirtualClock, file: Path) -> None:
    a_line(engine, clock)
    back_up(engine, file, clock)
    engine.dispose()
    restore(engine, file, clock, replace=True)
    with make_sessions(engine).begin() as session:
        assert add(session, "+31858880001", "second", clock.now()).id == 2


def test_a_backup_during_writes_is_of_one_moment(
    engine: Engine, clock: VirtualClock, file: Path, sessions: sessionmaker[Session]
) -> None:
    """Each transaction adds to two totals, and a row. Only a copy of one moment has equal totals, and equal figures."""
    with sessions.begin() as session:
        session.add_all([MetricTotal(name=name, labels="{}", value=0) for name in ("left", "right")])
    stop, wrote = threading.Event(), threading.Barrier(WRITERS + 1)

    def writing(writer: int) -> None:
        first = True
        for n in itertools.count():
            if stop.is_set():
                break
            with sessions.begin() as session:
                session.add(JobRun(name=f"{writer}-{n}"))
                for name in ("left", "right"):
                    session.execute(text(f"UPDATE metric_total SET value = value + 1 WHERE name = '{name}'"))
            if first:
                wrote.wait()
                first = False

    writers = [threading.Thread(target=writing, args=(writer,)) for writer in range(WRITERS)]
    for writer in writers:
        writer.start()
    wrote.wait()
    manifest = back_up(engine, file, clock)
    stop.set()
    for writer in writers:
        writer.join()
    with sessions() as session:
        at_the_end = session.get_one(MetricTotal, ("left", "{}")).value
    engine.dispose()

    restore(engine, file, clock, replace=True)
    with sessions() as session:
        left, right = (session.get_one(MetricTotal, (name, "{}")).value for name in ("left", "right"))
    assert WRITERS <= left == right <= at_the_end
    assert manifest.figures.rows["job_run"] == left


def test_only_its_owner_can_read_it_and_nothing_else_is_left(
    sqlite_engine: Engine, clock: VirtualClock, file: Path
) -> None:
    before = set(os.listdir(file.parent))
    back_up(sqlite_engine, file, clock)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    sqlite_engine.dispose()
    assert set(os.listdir(file.parent)) - before == {file.name}


def test_a_restored_database_belongs_to_whom_the_old_one_belonged(
    sqlite_engine: Engine, clock: VirtualClock, file: Path
) -> None:
    database = Path(str(sqlite_engine.url.database))
    back_up(sqlite_engine, file, clock)
    sqlite_engine.dispose()
    database.chmod(0o640)
    if os.getuid() == 0:
        os.chown(database, 12345, 54321)
    was = database.stat()
    restore(sqlite_engine, file, clock, replace=True)
    sqlite_engine.dispose()
    is_now = database.stat()
    assert (is_now.st_mode, is_now.st_uid, is_now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)


def test_a_file_that_exists_is_kept_unless_it_may_be_replaced(
    sqlite_engine: Engine, clock: VirtualClock, file: Path
) -> None:
    file.write_text("somebody's")
    with pytest.raises(BackupError, match="--force"):
        back_up(sqlite_engine, file, clock)
    assert file.read_text() == "somebody's"
    back_up(sqlite_engine, file, clock, replace=True)
    assert verify(file).kind == "sqlite"


def test_data_is_kept_unless_it_may_be_lost(engine: Engine, clock: VirtualClock, file: Path) -> None:
    back_up(engine, file, clock)
    a_line(engine, clock)
    engine.dispose()
    with pytest.raises(BackupError, match="--replace"):
        restore(engine, file, clock)
    assert lines(engine) == ["RBL"]


def test_an_empty_place_needs_no_permission(sqlite_engine: Engine, clock: VirtualClock, file: Path) -> None:
    a_line(sqlite_engine, clock)
    back_up(sqlite_engine, file, clock)
    new = make_engine(f"sqlite:///{file.with_name('new.db')}")
    restore(new, file, clock)
    assert lines(new) == ["RBL"]
    new.dispose()


@pytest.mark.postgres
def test_an_empty_database_of_the_server_needs_no_permission(
    postgresql_url: str,
    postgresql_server: PostgresqlServer,
    open_engine: Callable[[str], Engine],
    clock: VirtualClock,
    file: Path,
) -> None:
    old = open_engine(postgresql_url)
    a_line(old, clock)
    back_up(old, file, clock)
    with postgresql_server.database(empty=True) as address:
        new = make_engine(address)
        restore(new, file, clock)
        assert lines(new) == ["RBL"]
        new.dispose()


def test_nothing_is_restored_while_somebody_uses_the_database(
    engine: Engine, clock: VirtualClock, file: Path, database_url: str
) -> None:
    a_line(engine, clock)
    back_up(engine, file, clock)
    engine.dispose()
    service = make_engine(database_url)
    with service.connect() as connection:
        connection.execute(select(Line.id)).all()
        connection.rollback()
        with pytest.raises(BackupError, match="stop the service"):
            restore(engine, file, clock, replace=True)
    service.dispose()
    assert lines(engine) == ["RBL"]


def encrypted(data: bytes) -> bytes:
    """A zip whose parts say that they need a password."""
    zipped = bytearray(data)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = zipped.find(mark)
        while at >= 0:
            zipped[at + flags] |= 1
            at = zipped.find(mark, at + 4)
    return bytes(zipped)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda data: data[: len(data) // 2], "no backup"),
        (lambda data: data[:200] + b"~~~~" + data[204:], "damaged"),
        (lambda data: b"something else", "no backup"),
        (lambda data: b"", "no backup"),
        (encrypted, "no backup"),
    ],
    ids=["cut off", "a flipped block", "another file", "empty", "encrypted"],
)
def test_a_damaged_file_is_refused_and_the_database_stays(
    sqlite_engine: Engine, clock: VirtualClock, file: Path, harm: Callable[[bytes], bytes], told: str
) -> None:
    a_line(sqlite_engine, clock)
    back_up(sqlite_engine, file, clock)
    file.write_bytes(harm(file.read_bytes()))
    sqlite_engine.dispose()
    with pytest.raises(BackupError, match=told):
        restore(sqlite_engine, file, clock, replace=True)
    assert lines(sqlite_engine) == ["RBL"]


def with_manifest(file: Path, old: str, new: str) -> None:
    """Write the file again with another manifest."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["manifest.json"] = parts["manifest.json"].replace(old.encode(), new.encode())
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_a_whole_file_with_something_else_in_it_is_refused(
    sqlite_engine: Engine, clock: VirtualClock, file: Path
) -> None:
    a_line(sqlite_engine, clock)
    back_up(sqlite_engine, file, clock)
    manifest = zipfile.ZipFile(file).read("manifest.json")
    sqlite_engine.dispose()
    for copy, at, told in ((b"garbage" * 99, b"+00:00", "not sound"), (b"", b"", "no backup")):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("callcenter.db", copy)
            archive.writestr("manifest.json", manifest.replace(b"+00:00", at))
        with pytest.raises(BackupError, match=told):
            restore(sqlite_engine, file, clock, replace=True)
    assert lines(sqlite_engine) == ["RBL"]


@pytest.mark.parametrize("name", ["", "-wal"])
def test_no_backup_takes_the_place_of_the_database_itself(
    sqlite_engine: Engine, clock: VirtualClock, tmp_path: Path, name: str
) -> None:
    a_line(sqlite_engine, clock)
    other_name = tmp_path / "tonight"
    other_name.symlink_to(f"{sqlite_engine.url.database}{name}")
    for path in (other_name, other_name.resolve()):
        with pytest.raises(BackupError, match="is the database itself"):
            back_up(sqlite_engine, path, clock, replace=True)
    assert lines(sqlite_engine) == ["RBL"]


@pytest.mark.postgres
def test_a_standby_that_takes_no_rows_is_backed_up_too(
    postgresql_url: str, open_engine: Callable[[str], Engine], clock: VirtualClock, file: Path
) -> None:
    a_line(open_engine(postgresql_url), clock)
    standby = open_engine(f"{postgresql_url}&options=-c%20default_transaction_read_only%3Don")
    assert back_up(standby, file, clock) == verify(file)


@pytest.mark.postgres
def test_the_doctor_tells_of_a_restore_that_was_killed(
    postgresql_url: str, open_engine: Callable[[str], Engine], clock: VirtualClock
) -> None:
    engine = open_engine(postgresql_url)
    told = "a restore was interrupted"
    assert not any(told in finding.text for finding in of_database.usable(engine, clock))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {postgresql_dump.ASIDE}"))
    assert [finding.level for finding in of_database.usable(engine, clock) if told in finding.text] == ["fault"]
    postgresql_dump.keep(engine)


def test_what_a_killed_command_left_is_removed_and_what_a_running_one_needs_is_not(
    sqlite_engine: Engine, clock: VirtualClock, file: Path
) -> None:
    left = file.parent / ".callcenter-killed"
    left.mkdir(0o700)
    (left / "callcenter.db").write_text("numbers of callers")
    with folder_beside(file) as running:
        (running / "callcenter.db").touch()
        back_up(sqlite_engine, file, clock)
        assert (running / "callcenter.db").exists()
    assert [path.name for path in file.parent.glob(".callcenter-*")] == []


def test_a_disk_without_second_names_takes_backups(
    sqlite_engine: Engine, clock: VirtualClock, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert back_up(sqlite_engine, file, clock) == verify(file)


def test_a_backup_of_a_newer_release_is_refused(sqlite_engine: Engine, clock: VirtualClock, file: Path) -> None:
    back_up(sqlite_engine, file, clock)
    with_manifest(file, f'"revision": "{head()}"', '"revision": "9999"')
    sqlite_engine.dispose()
    with pytest.raises(BackupError, match=r"newer release \(schema 9999"):
        restore(sqlite_engine, file, clock, replace=True)


def test_other_figures_than_it_says_are_refused_and_the_database_stays(
    engine: Engine, clock: VirtualClock, file: Path
) -> None:
    a_line(engine, clock)
    back_up(engine, file, clock)
    with_manifest(file, '"line": 1', '"line": 2')
    a_line(engine, clock, "today's")
    engine.dispose()
    with pytest.raises(BackupError, match="rows line: 2 in the backup, 1 restored"):
        restore(engine, file, clock, replace=True)
    engine.dispose()
    assert lines(engine) == ["today's"]
    # Nothing is left behind that would stop the next restore.
    another = file.with_name("another")
    back_up(engine, another, clock)
    engine.dispose()
    assert restore(engine, another, clock, replace=True).manifest.figures.rows["line"] == 1


@pytest.mark.parametrize("revision", ["0001", "0005"])
def test_an_older_backup_is_upgraded(tmp_path: Path, clock: VirtualClock, file: Path, revision: str) -> None:
    old = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with old.begin() as connection:
        command.upgrade(alembic_config(connection), revision)
    back_up(old, file, clock)
    old.dispose()
    new = make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    assert restore(new, file, clock).upgraded_from == revision
    assert is_current(new)
    new.dispose()


@pytest.mark.postgres
def test_the_other_kind_of_database_is_refused(
    sqlite_engine: Engine, clock: VirtualClock, file: Path, postgresql_url: str, open_engine: Callable[[str], Engine]
) -> None:
    back_up(sqlite_engine, file, clock)
    with pytest.raises(BackupError, match="of a sqlite database"):
        restore(open_engine(postgresql_url), file, clock)


@pytest.mark.postgres
def test_without_postgresqls_programs_the_package_is_named(
    postgresql_url: str, open_engine: Callable[[str], Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(postgresql_url)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    monkeypatch.setattr(postgresql_dump, "PROGRAMS", tmp_path / "nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match=r"pg_dump is of version 9, the server .* install .*postgresql-client-\d+"):
        back_up(engine, tmp_path / "file", VirtualClock(datetime(2027, 6, 8, tzinfo=UTC)))
    old.unlink()
    with pytest.raises(BackupError, match=r"pg_dump is not installed: install the package postgresql-client-\d+"):
        back_up(engine, tmp_path / "file", VirtualClock(datetime(2027, 6, 8, tzinfo=UTC)))
    assert not (tmp_path / "file").exists()


def test_the_commands_say_what_the_file_holds(
    sqlite_engine: Engine, clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_line(sqlite_engine, clock)
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", str(sqlite_engine.url))
    runner, file = CliRunner(), str(tmp_path / "file")
    made = runner.invoke(cli, ["backup", file])
    assert (made.exit_code, made.output.split()[1:3]) == (0, ["sqlite", "of"])
    assert "calls: none; callbacks: none; 0 of 0 offered calls answered" in made.output
    assert isinstance(runner.invoke(cli, ["backup", file]).exception, BackupError)
    assert "is whole: sqlite of" in runner.invoke(cli, ["restore", "--check", file]).output
    sqlite_engine.dispose()
    assert "restored, with equal figures: sqlite of" in runner.invoke(cli, ["restore", file, "--replace"]).output
    with make_sessions(sqlite_engine)() as session:
        backed_up, restored = read_fact(session, BACKED_UP), read_fact(session, RESTORED)
    assert backed_up is not None
    assert restored is not None
    assert restored.value == {"made_at": backed_up.at.isoformat()}
