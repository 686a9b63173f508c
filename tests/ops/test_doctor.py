"""`callcenter doctor` says what is wrong whatever is broken: nothing, the settings, the database, Twilio."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from callcenter.access.users import add_user
from callcenter.app import make_app, make_office
from callcenter.backup.making import back_up
from callcenter.cli import cli
from callcenter.clock import SystemClock
from callcenter.doctor.checkup import check_up
from callcenter.doctor.findings import Finding, Level, as_line, ok
from callcenter.doctor.running import Check, run
from callcenter.doctor.twilio_check import connect_lines
from callcenter.lines.register import add
from callcenter.rota import versions
from callcenter.settings import Settings
from callcenter.standin.faults import FaultRule
from callcenter.standin.server import Server
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN, StandIn
from callcenter.storage.records import JobRun
from tests.support.small_office import LINE, rota_files

JOBS = {"sweep": 60.0, "rollup": 3600.0}
SECRETS = ("s3cretk3yOfThisInstallation", AUTH_TOKEN, "pa55word-of-the-mail")

OPEN_ALL_WEEK = """
[open]
mon-sun = ["08:00-18:00"]
[closed_days]
good_friday = "closed"
liberation_day = "lustrum"
"""
SHIFTS = "consultant;days;from;to\nAIS;mon-sun;07:00;19:00\n"


@dataclass
class Installation:
    """An installation that Twilio's stand-in reaches over HTTP. environment: its settings."""

    engine: Engine
    standin: StandIn
    environment: dict[str, str]


@pytest.fixture
def installation(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Installation]:
    monkeypatch.chdir(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    standin = StandIn(SystemClock(), app=lambda _environ, _start: [], base_url=address)
    twilio = Server(standin.rest)
    environment = {
        "CALLCENTER_DATABASE_URL": str(sqlite_engine.url),
        "CALLCENTER_PUBLIC_URL": address,
        "CALLCENTER_SECRET_KEY": SECRETS[0],
        "CALLCENTER_METRICS_TOKEN": "a-token-for-metrics",
        "CALLCENTER_NOTIFY_URLS": f"mailto://somebody:{SECRETS[2]}@mail.example.nl",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_API_BASE_URL": twilio.url,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    clock = SystemClock()
    office = make_office(Settings(_env_file=None), clock, sqlite_engine)
    with office.sessions.begin() as session:
        _in_order(session, clock)
    standin.line(LINE)
    connect_lines(office)
    back_up(sqlite_engine, tmp_path / "backup", clock)
    ours = Server(make_app(office), port=port)
    yield Installation(sqlite_engine, standin, environment)
    ours.stop()
    twilio.stop()


def _in_order(session: Session, clock: SystemClock) -> None:
    now = clock.now()
    add(session, LINE, "RBL", now)
    add_user(session, now, "admin@example.nl", "admin", "a-long-password-of-words", None)
    versions.load(session, rota_files(policy=OPEN_ALL_WEEK, shifts=SHIFTS), "test", now)
    session.add_all([JobRun(name=name, last_success_at=now) for name in JOBS])


def examined() -> list[Finding]:
    return check_up(SystemClock(), JOBS, within_s=20)


def wrong(found: list[Finding]) -> list[str]:
    return [as_line(one) for one in found if one.level is not Level.OK]


def checked(found: list[Finding]) -> set[str]:
    return {one.check for one in found}


EVERYTHING = {
    "settings", "database", "disk", "certificate", "clock", "notify", "twilio", "lines", "rota", "jobs", "outbox",
    "callbacks", "logins", "prompts", "backup",
}  # fmt: skip


def test_an_installation_in_order_is_all_ok(installation: Installation) -> None:
    found = examined()
    assert [line for line in wrong(found) if " disk: " not in line] == []
    assert checked(found) == EVERYTHING


def test_each_thing_that_is_wrong_is_named_with_its_mend(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.standin.line(LINE, voice_url="https://elsewhere.example/voice")
    monkeypatch.delenv("CALLCENTER_METRICS_TOKEN")
    monkeypatch.setenv("CALLCENTER_NOTIFY_URLS", "nonsense://nowhere")
    with Session(installation.engine) as session:
        session.delete(session.get_one(JobRun, "sweep"))
        session.commit()
    told = "\n".join(wrong(examined()))
    for part in (
        "/metrics is open to this machine",
        "FAULT   notify: address 1 is not understood: correct CALLCENTER_NOTIFY_URLS",
        "FAULT   jobs: sweep has not run yet: is the service running?",
        f"FAULT   twilio: {LINE}: voice_url is https://elsewhere.example/voice, must be",
        "run `callcenter twilio connect`",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CALLCENTER_PUBLIC_URL", "not an address", "CALLCENTER_PUBLIC_URL: must be an address"),
        ("TWILIO_AUTH_TOKEN", None, "TWILIO_AUTH_TOKEN is not set"),
        ("CALLCENTER_DATABASE_URL", "mysql://x", "CALLCENTER_DATABASE_URL: must start with"),
    ],
)
def test_a_broken_setting_is_named_and_what_does_not_need_it_is_still_checked(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, told: str
) -> None:
    monkeypatch.delenv(name)
    if value is not None:
        monkeypatch.setenv(name, value)
    found = examined()
    assert next(one.text for one in found if one.check == "settings").startswith(told)
    database = name == "CALLCENTER_DATABASE_URL"
    assert ({"disk"} if database else {"disk", "database", "rota", "jobs"}) <= checked(found)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql+psycopg://nobody@127.0.0.1:1/none", "does not answer, or takes no rows (OperationalError)"),
        ("sqlite:///nowhere.db", "there is no file"),
        ("sqlite:///no_folder/nowhere.db", "FAULT   disk: there is no folder"),
        ("sqlite:///backup", "FAULT   database: the file is damaged, or is no database: restore a backup"),
    ],
)
def test_without_a_database_the_rest_is_still_checked(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, told: str
) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", address)
    found = examined()
    assert any(told in line for line in wrong(found))
    assert {"settings", "disk", "notify", "certificate", "clock"} <= checked(found)
    if "postgresql" in address:
        assert any(one.check == "twilio" and one.level is Level.OK for one in found)
    assert not (tmp_path / "nowhere.db").exists()


def test_a_host_of_the_old_release_is_told_that_its_upgrade_is_not_finished(installation: Installation) -> None:
    with installation.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    (told,) = [one for one in examined() if one.check == "database"]
    assert as_line(told).startswith("WARNING database: at 9999, newer than this release needs (")
    assert told.mend == "finish the upgrade of this host: docs/upgrade.md"


def test_without_twilio_the_rest_is_still_checked(installation: Installation) -> None:
    installation.standin.faults.add(FaultRule("rest_error", kind="*", status=500))
    found = examined()
    assert checked(found) == EVERYTHING
    assert {one.check for one in found if one.level is Level.FAULT} - {"disk"} == {"twilio"}


def test_no_secret_is_told_whatever_is_wrong(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (
        installation.environment["CALLCENTER_DATABASE_URL"],
        f"postgresql+psycopg://u:{SECRETS[2]}@127.0.0.1:1/x",
    ):
        monkeypatch.setenv("CALLCENTER_DATABASE_URL", url)
        told = "\n".join(map(as_line, examined()))
        assert [secret for secret in SECRETS if secret in told] == []


def test_a_check_that_fails_or_hangs_stops_no_other() -> None:
    hanging = threading.Event()

    def fails() -> Iterator[Finding]:
        yield ok("second", "as far as it went")
        raise RuntimeError("postgresql://user:password@host")

    def hangs() -> list[Finding]:
        hanging.wait()
        return []

    found = run(
        [Check("first", hangs, "wait"), Check("second", fails), Check("third", lambda: [ok("third", "well")])], 0.5
    )
    hanging.set()
    assert [(one.check, one.level, one.text) for one in found] == [
        ("first", "fault", "gave no answer within 0 s"),
        ("second", "ok", "as far as it went"),
        ("second", "fault", "could not be checked (RuntimeError)"),
        ("third", "ok", "well"),
    ]


def test_the_command_prints_lines_or_json_and_its_status_tells_of_faults(installation: Installation) -> None:
    runner = CliRunner()
    # The jobs of a service that does not run here.
    lines = runner.invoke(cli, ["doctor"])
    assert lines.exit_code == 1
    assert "FAULT   jobs: callbacks has not run yet" in lines.output
    found = json.loads(runner.invoke(cli, ["doctor", "--json", "--strict"]).output)
    assert found["status"] == "fault"
    assert {one["check"] for one in found["findings"]} == EVERYTHING
