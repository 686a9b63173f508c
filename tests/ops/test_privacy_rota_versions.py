"""Stored versions of the rota forget illnesses and remarks after their period, and can be restored all the same."""

import base64
import hashlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, insert
from sqlalchemy.orm import Session, sessionmaker

from callcenter.cli import main
from callcenter.clock import VirtualClock
from callcenter.errors import NotFound
from callcenter.privacy.retention import periods
from callcenter.rota import versions
from callcenter.rota.duty import timeline
from callcenter.rota.records import RotaVersion
from callcenter.rota.show.diff import diff
from callcenter.storage.engine import make_sessions
from callcenter.storage.migrate import upgrade
from schedules import retention
from tests.support.promises import rota_files
from tests.support.upgrades import to_the_step_before

LOADED = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HEADER = "id;kind;consultant;from;to;substitute;note;by\n"
ILL = HEADER + "1;sick;AIS;2027-03-02;2027-03-05;;griep;WIL\n2;leave;BRA;2027-06-01;2027-06-04;;zwanger;WIL\n"
OPEN = HEADER + "1;sick;AIS;2027-03-02;;;burn-out;WIL\n"
KIND, REMARKS, OLD = "illness and remarks in rota versions", "remarks on rota versions", "replaced rota versions"
Sessions = sessionmaker[Session]


def load(sessions: Sessions, exceptions: str, at: datetime = LOADED, note: str = "") -> int:
    with sessions.begin() as session:
        return versions.load(session, rota_files(exceptions=exceptions), "WIL", at, note).id


def purge(sessions: Sessions, at: datetime) -> dict[str, int]:
    return retention.run(sessions, VirtualClock(at))


def exceptions_of(sessions: Sessions, number: int) -> str:
    with sessions() as session:
        return versions.files_of(session, number)["exceptions.csv"].decode()


def the(sessions: Sessions, number: int) -> RotaVersion:
    with sessions() as session:
        return session.get_one(RotaVersion, number)


def test_an_illness_leaves_the_active_version_a_month_after_it_ended_and_every_duty_to_come_stays(
    sessions: Sessions,
) -> None:
    number = load(sessions, ILL)
    ended = datetime(2027, 3, 5, 23, 0, tzinfo=UTC)  # midnight in Amsterdam
    as_loaded = the(sessions, number)
    assert purge(sessions, ended + periods()[KIND] * DAY - timedelta(minutes=1))[KIND] == 0
    assert "griep" in exceptions_of(sessions, number)
    with sessions() as session:
        planned = timeline(versions.version(session, number), ended, ended + 200 * DAY)

    at = ended + (periods()[KIND] + 1) * DAY
    assert purge(sessions, at)[KIND] == 1
    assert purge(sessions, at)[KIND] == 0
    assert exceptions_of(sessions, number) == HEADER + "\n2;leave;BRA;2027-06-01;2027-06-04;;zwanger;WIL\n"
    row = the(sessions, number)
    assert (row.author, row.loaded_at, row.erased_at) == ("WIL", LOADED, at)
    assert row.sha256 != as_loaded.sha256
    digest = hashlib.sha256("".join(f"{name}\0{text}\n" for name, text in row.files.items()).encode())
    assert row.sha256 == digest.hexdigest()
    with sessions() as session:
        active = versions.active(session)
        assert active is not None
        assert timeline(active[1], ended, ended + 200 * DAY) == planned


def test_a_replaced_version_forgets_every_remark_and_is_restored_without_them(sessions: Sessions) -> None:
    old, new = load(sessions, ILL), load(sessions, ILL, LOADED + DAY)
    purge(sessions, LOADED + 40 * DAY)
    assert "zwanger" in exceptions_of(sessions, new)
    assert exceptions_of(sessions, old) == HEADER + "\n2;leave;BRA;2027-06-01;2027-06-04;;;WIL\n"
    with sessions.begin() as session:
        start = LOADED + 41 * DAY
        assert diff(versions.version(session, old), versions.version(session, new), start, start + 200 * DAY) == []
        restored = versions.restore(session, old, "WIL", LOADED + 41 * DAY)
        assert restored.note == f"restored from version {old}"
        assert versions.files_of(session, restored.id) == versions.files_of(session, old)


def test_an_illness_without_an_end_stays_in_old_versions_as_long_as_the_active_one_has_it(sessions: Sessions) -> None:
    old = load(sessions, OPEN)
    load(sessions, OPEN, LOADED + DAY)
    purge(sessions, LOADED + 100 * DAY)
    assert "sick" in exceptions_of(sessions, old)
    assert "burn-out" not in exceptions_of(sessions, old)
    # Recovered: the next version gives the end.
    newest = load(sessions, OPEN.replace("2027-03-02;;", "2027-03-02;2027-06-08;"), LOADED + 101 * DAY)
    purge(sessions, LOADED + 102 * DAY)
    assert "sick" in exceptions_of(sessions, old)
    assert "sick" in exceptions_of(sessions, newest)
    purge(sessions, LOADED + 140 * DAY)
    for number in (old, old + 1, newest):
        assert "sick" not in exceptions_of(sessions, number)


def test_remarks_on_a_version_go_a_quarter_after_it_was_replaced_and_old_versions_after_three_years(
    sessions: Sessions,
) -> None:
    first = load(sessions, ILL, note="Aïsha is ziek")
    second = load(sessions, ILL, LOADED + DAY, note="Aïsha is beter")
    with sessions.begin() as session:
        third = versions.restore(session, first, "WIL", LOADED + 2 * DAY).id
    assert purge(sessions, LOADED + 90 * DAY)[REMARKS] == 0
    assert purge(sessions, LOADED + 93 * DAY)[REMARKS] == 2
    notes = [the(sessions, number).note for number in (first, second, third)]
    assert notes == [None, None, f"restored from version {first}"]
    assert purge(sessions, LOADED + 1095 * DAY)[OLD] == 0
    assert purge(sessions, LOADED + 1098 * DAY)[OLD] == 2
    with sessions() as session:
        assert versions.active_rota(session) is not None
        with pytest.raises(NotFound):
            versions.restore(session, first, "WIL", LOADED)


def test_a_file_that_belongs_to_no_rota_is_not_stored(sqlite_sessions: Sessions) -> None:
    with sqlite_sessions.begin() as session:
        made = versions.load(session, rota_files() | {"verzuim.csv": b"AIS;griep"}, "WIL", LOADED)
        assert set(versions.files_of(session, made.id)) == set(rota_files())


def test_the_commands_show_when_something_was_erased_and_restore_says_it(
    sqlite_sessions: Sessions, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = load(sqlite_sessions, ILL)
    load(sqlite_sessions, HEADER, LOADED + DAY)
    purge(sqlite_sessions, LOADED + 40 * DAY)
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", sqlite_url)
    for words in (["versions"], ["restore", str(old)]):
        monkeypatch.setattr(sys, "argv", ["callcenter", "rota", *words])
        main()
    printed = capsys.readouterr().out
    assert f"illness and remarks erased {LOADED + 40 * DAY:%Y-%m-%d}" in printed
    assert f"with the files of version {old}, without the illnesses and remarks that were erased from them" in printed


def test_a_version_of_the_release_before_is_still_active_after_the_upgrade_and_forgets_too(
    empty_database_url: str, open_engine: Callable[[str], Engine]
) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        to_the_step_before(connection, "rota_versions_forget")
        tables = MetaData()
        tables.reflect(connection)
        connection.execute(insert(tables.tables["rota_version"]), [a_row("a"), a_row("b")])
    upgrade(engine)
    sessions = make_sessions(engine)
    assert (the(sessions, 1).erased_at, the(sessions, 1).author) == (None, "WIL")
    assert purge(sessions, LOADED + 40 * DAY)[KIND] == 2
    assert "sick" not in exceptions_of(sessions, 1) + exceptions_of(sessions, 2)


def a_row(digest: str) -> dict[str, Any]:
    """A version as the release before stored it."""

    files = {name: base64.b64encode(data).decode() for name, data in rota_files(exceptions=ILL).items()}
    return {"loaded_at": LOADED, "author": "WIL", "note": None, "sha256": digest, "files": files}
