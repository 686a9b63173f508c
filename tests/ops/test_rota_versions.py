"""The newest valid rota version is active, and an older one can be shown and restored."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from callcenter.errors import NotFound
from callcenter.rota import versions
from callcenter.rota.duty import duty
from callcenter.rota.records import RotaVersion
from callcenter.rota.show.diff import diff
from tests.support.rota_files import NOW, files, local

MORNINGS = files(["A;mon-fri;08:30;12:30"])
DAYS = files(["A;mon-fri;08:30;17:00", "B;wed;13:00;17:00"])
AFTERNOON = local("2027-03-03 14:00")


def load(sessions: sessionmaker[Session], written: dict[str, bytes], at: datetime = NOW, author: str = "WIL") -> int:
    with sessions.begin() as session:
        return versions.load(session, written, author, at).id


def people(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        found = versions.active(session)
        assert found is not None
        return [person.consultant for person in duty(found[1], AFTERNOON)]


def test_without_a_rota_there_is_none(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        assert versions.active(session) is None
        assert versions.versions(session) == []
        with pytest.raises(NotFound):
            versions.version(session, 1)


def test_the_newest_load_is_active_and_all_are_listed(sessions: sessionmaker[Session]) -> None:
    first = load(sessions, MORNINGS)
    assert people(sessions) == []
    second = load(sessions, DAYS, NOW + timedelta(hours=1), "AIS")
    assert people(sessions) == ["A", "B"]
    with sessions() as session:
        listed = versions.versions(session)
        assert [(row.id, row.author) for row in listed] == [(second, "AIS"), (first, "WIL")]
        assert listed[0].loaded_at == NOW + timedelta(hours=1)
        assert duty(versions.version(session, first), AFTERNOON) == ()


def test_a_wrong_rota_is_refused_with_every_fault_and_the_last_good_one_stays(sessions: sessionmaker[Session]) -> None:
    load(sessions, DAYS)
    with pytest.raises(versions.RotaRefused) as refused:
        load(sessions, files(["Z;mon;09:00;17:00", "A;mon;10:00;10:00"]))
    assert [(f.line, f.code) for f in refused.value.faults] == [(2, "unknown_consultant"), (3, "empty_window")]
    assert "\n" not in str(refused.value)
    assert people(sessions) == ["A", "B"]
    with sessions() as session:
        assert len(versions.versions(session)) == 1


def test_restoring_adds_a_version_and_rewrites_none(sessions: sessionmaker[Session]) -> None:
    first, second = load(sessions, DAYS), load(sessions, MORNINGS)
    with sessions.begin() as session:
        third = versions.restore(session, first, "WIL", NOW + timedelta(days=1))
        assert third.note == f"restored from version {first}"
    assert people(sessions) == ["A", "B"]
    with sessions() as session:
        assert [row.id for row in versions.versions(session)] == [third.id, second, first]
        assert versions.files_of(session, third.id) == DAYS
        with pytest.raises(NotFound):
            versions.restore(session, 99, "WIL", NOW)


def test_what_stopped_being_active_lately_is_known(sessions: sessionmaker[Session]) -> None:
    for number, written in enumerate((DAYS, MORNINGS, DAYS)):
        load(sessions, written, NOW + timedelta(days=10 * number))
    with sessions() as session:
        lately = versions.replaced_since(session, NOW + timedelta(days=15))
        assert [at for at, _ in lately] == [NOW + timedelta(days=20)]
        assert [at for at, _ in versions.replaced_since(session, NOW)] == [
            NOW + timedelta(days=10),
            NOW + timedelta(days=20),
        ]


def test_a_difference_is_reported_by_person_and_hours(sessions: sessionmaker[Session]) -> None:
    first, second = load(sessions, MORNINGS), load(sessions, DAYS)
    with sessions() as session:
        old, new = versions.version(session, first), versions.version(session, second)
    start, end = local("2027-03-03 00:00"), local("2027-03-04 00:00")
    assert diff(old, new, start, end) == ["A: wo 3 mrt +12:30–17:00", "B: wo 3 mrt +13:00–17:00"]
    assert diff(new, old, start, end, "en") == ["A: Wed 3 Mar −12:30–17:00", "B: Wed 3 Mar −13:00–17:00"]
    assert diff(new, new, start, end) == []


def test_asking_for_the_active_rota_is_one_statement_when_warm(sessions: sessionmaker[Session]) -> None:
    load(sessions, DAYS)
    people(sessions)
    statements: list[str] = []
    with sessions() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
        found = versions.active(session)
        again = versions.active(session)
    assert len(statements) == 2
    assert found is not None
    assert again is not None
    assert found[1] is again[1]
    assert "files" not in statements[0]


def test_a_version_loaded_before_stray_quotes_were_faults_is_still_active(sessions: sessionmaker[Session]) -> None:
    load(sessions, DAYS)
    stray = {"caseload.csv": b'school;municipality;consultant\n"05HL" x;;A\n'}
    with sessions.begin() as session:
        with pytest.raises(versions.RotaRefused):
            versions.load(session, DAYS | stray, "WIL", NOW)
        stored = {name: base64.b64encode(data).decode() for name, data in (DAYS | stray).items()}
        session.add(RotaVersion(loaded_at=NOW, author="WIL", note=None, sha256="of an older release", files=stored))
    assert people(sessions)


def test_a_rota_of_long_ago_may_be_read_though_its_vacations_are_unknown_now(sessions: sessionmaker[Session]) -> None:
    written = files(["A;mon;09:00;17:00"], policy_text=_with_vacation())
    number = load(sessions, written)
    with sessions() as session:
        assert versions.version(session, number).policy.vacation is not None
        with pytest.raises(versions.RotaRefused):
            versions.restore(session, number, "WIL", datetime(2031, 1, 1, tzinfo=UTC))


def _with_vacation() -> str:
    return (
        '[open]\nmon-fri = ["08:30-17:00"]\n[closed_days]\ngood_friday = "open"\nliberation_day = "open"\n'
        '[vacation]\nregions = ["Zuid"]\nopen = {}\n'
    )
