"""While the database is away each failed request takes one line of the log, and everybody gets an answer to act on."""

import io
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from callcenter.app import make_app, make_office
from callcenter.clock import VirtualClock
from callcenter.logs import configure_logging
from callcenter.office import Office
from callcenter.reachability.totals import stored_totals
from callcenter.runtime import DispatcherThread, TotalsThread
from callcenter.settings import Settings
from callcenter.standin.twilio.signing import signature
from callcenter.storage.totals import count
from callcenter.telephony.twilio_api import TwilioApi, make_client
from schedules.jobs import JOBS, run_job
from tests.support.waiting import wait_until
from webhooks import door

PUBLIC = "https://callcenter.example.nl"
SECRET = "U4pPkUxGsecretOfACalendar"
BEARER = "cc_secretOfAToken"
CALLER = "+31612345678"


@dataclass
class Away:
    """An office whose database does not answer, and what it logs."""

    office: Office
    client: FlaskClient
    log: io.StringIO

    def lines(self) -> list[str]:
        """What was logged since the last time."""
        found = self.log.getvalue().splitlines()
        self.log.seek(0)
        self.log.truncate()
        return found

    def webhook(self, path: str) -> int:
        """The status of one signed webhook."""
        params = {"CallSid": "CA1", "AccountSid": self.office.settings.twilio_account_sid, "From": CALLER, "To": CALLER}
        token = self.office.settings.twilio_auth_token.get_secret_value()
        headers = {"X-Twilio-Signature": signature(token, PUBLIC + path, params)}
        return self.client.post(path, data=params, headers=headers).status_code


@pytest.fixture(params=["sqlite", "postgresql"])
def away(request: pytest.FixtureRequest, tmp_path: Path, open_engine: Callable[[str], Engine]) -> Iterator[Away]:
    """No server listens on port 1, and the folder of the SQLite file is gone."""
    url = {
        "sqlite": f"sqlite:///{tmp_path / 'gone' / 'callcenter.db'}",
        "postgresql": "postgresql+psycopg://user:secretpassword@127.0.0.1:1/callcenter",
    }[request.param]
    settings = Settings.model_validate(
        {
            "CALLCENTER_DATABASE_URL": url,
            "CALLCENTER_PUBLIC_URL": PUBLIC,
            "CALLCENTER_SECRET_KEY": "a-key-for-tests-only-0123456789",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "0" * 32,
        }
    )
    office = make_office(settings, VirtualClock(request.getfixturevalue("clock").now()), open_engine(url))
    root, hook, stream = logging.getLogger(), threading.excepthook, io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logging(stream)
    yield Away(office, make_app(office).test_client(), stream)
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)


def one_line(lines: list[str], what: str) -> str:
    (line,) = lines
    assert f"{what} failed: " in line or what in line
    assert "OperationalError: " in line
    return line


def test_a_page_is_the_static_one_with_its_files_and_one_line_without_its_address(away: Away) -> None:
    for path, what in {
        f"/calendar/{SECRET}.ics?token={SECRET}": "GET calendar.feed",
        f"/audio/prompts/{SECRET}.nl": "GET audio.prompt",
    }.items():
        answer = away.client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Er ging bij ons iets mis" in answer.text
        assert SECRET not in one_line(away.lines(), what)
    assert away.client.get("/web/callcenter.css").status_code == 200
    assert away.client.get(f"/nothing/{SECRET}").status_code == 404
    assert away.client.get("/").location == "/inloggen"
    assert away.client.get("/healthz").status_code == 200
    assert away.client.get("/readyz").status_code == 503
    assert away.client.get("/metrics").status_code == 503
    assert away.lines() == []


def test_logging_in_takes_one_line_without_who_it_was(away: Away) -> None:
    page = away.client.get("/inloggen")
    assert page.status_code in (200, 503)
    away.lines()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    form = {"csrf_token": token[1] if token else "", "email": "ais@rbl.example", "password": "een-lang-wachtwoord"}
    answer = away.client.post("/inloggen", data=form)
    assert answer.status_code in (400, 503)
    lines = away.lines()
    assert len(lines) <= 1
    assert not any("ais@" in line or "wachtwoord" in line for line in lines)


def test_the_api_says_that_it_will_be_back_and_takes_one_line(away: Away) -> None:
    answer = away.client.get(f"/api/v1/calls?cursor={SECRET}", headers={"Authorization": f"Bearer {BEARER}"})
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "5"
    line = one_line(away.lines(), "GET api.list_calls")
    assert BEARER not in line
    assert SECRET not in line


def test_a_webhook_gets_what_makes_twilio_ask_the_fallback_and_the_caller_can_still_leave_a_message(away: Away) -> None:
    assert away.webhook("/webhooks/voice") == 500
    line = one_line(away.lines(), "webhook voice")
    assert CALLER not in line
    assert "secretpassword" not in line
    assert away.webhook("/webhooks/voice/fallback") == 200
    assert len(away.lines()) == 1


def test_each_failed_webhook_is_counted_once_the_database_is_back(
    away: Away, sqlite_sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(*_: object) -> None:
        raise InterfaceError("the connection is closed", None, Exception())

    away.webhook("/webhooks/voice")
    with pytest.raises(OperationalError):
        away.office.totals.write(away.office.sessions)
    # Whether an answer is stored is then looked up, in a database that is away.
    monkeypatch.setattr(door, "_carried_out", torn)
    assert away.webhook("/webhooks/voice") >= 500
    away.office.totals.write(sqlite_sessions)
    with sqlite_sessions() as session:
        counted = stored_totals(session)["callcenter_webhook_seconds_bucket"]
    assert sum(value for labels, value in counted.items() if '"status":"500"' in labels) == 2


def test_every_job_the_orders_and_the_counters_take_one_line_a_try(away: Away) -> None:
    twilio = TwilioApi(make_client(away.office.settings))
    for job in JOBS:
        assert not run_job(away.office, twilio, job)
        assert len(away.lines()) == 1, job.name
    away.office.totals.add(count("callcenter_webhook_replays_total"))
    totals = TotalsThread(away.office)
    totals.start()
    totals.stop()
    one_line(away.lines(), "the totals were not written")
    orders = DispatcherThread(away.office, twilio)
    orders.start()
    orders.wake()
    wait_until(lambda: "OperationalError" in away.log.getvalue(), "the dispatcher tries")
    orders.stop()
    assert all("OperationalError: " in line for line in away.lines())


def test_thousands_of_failed_requests_make_no_thousands_of_lines(away: Away) -> None:
    for _ in range(150):
        away.webhook("/webhooks/voice")
    assert len(away.lines()) <= 100
