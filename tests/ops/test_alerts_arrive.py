"""Each prepared fault fires its own alert and no other, in a real Prometheus, and arrives in a real Alertmanager."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from callcenter.api import register
from callcenter.callbacks.records import Callback
from callcenter.clock import SystemClock, VirtualClock
from callcenter.presence.records import ConsultantState
from callcenter.storage.records import JobRun
from callcenter.storage.totals import add, count, observe
from schedules.jobs import FRESH_WITHIN_S
from tests.support.alertmanager import Alertmanager, alertmanager
from tests.support.api_office import Door, a_call, a_line
from tests.support.prometheus import past_of, scraping, served
from tests.support.waiting import wait_until

Sessions = sessionmaker[Session]
CALLER = "+31786140099"


@pytest.fixture
def quiet_office(sqlite_sessions: Sessions, clock: VirtualClock) -> Door:
    """An office with a line, a rota and jobs that run. It is open, and two are on duty."""
    door = Door(sqlite_sessions, clock)
    door.app = Flask("office")
    door.app.extensions |= {"callcenter": door.office, "callcenter_jobs": FRESH_WITHIN_S}
    register(door.app)
    door.client = door.app.test_client()
    door.load_rota()
    # By Prometheus's clock, and a little ahead: on a machine under load the test takes longer.
    lately = SystemClock().now() + timedelta(seconds=50)
    with sqlite_sessions.begin() as session:
        a_line(session, clock.now())
        session.add_all(JobRun(name=name, last_success_at=lately) for name in FRESH_WITHIN_S)
    return door


@pytest.fixture
def arriving(quiet_office: Door) -> Iterator[Alertmanager]:
    """An Alertmanager that gets the alerts of a Prometheus that scrapes the office."""
    past = quiet_office.client.get("/metrics", headers={"Accept": "application/openmetrics-text"}).text
    with (
        alertmanager() as server,
        served(quiet_office.app) as target,
        scraping(target, past_of(past, target), server.target, at_once=True) as prometheus,
    ):
        wait_until(lambda: prometheus.query("up == 1"), "a first scrape", within_s=30)
        yield server


def _no_callback(session: Session, door: Door) -> None:
    line = a_line(session, door.clock.now(), "+31858880001")
    a_call(session, line, door.clock.now() - timedelta(hours=1), "missed", from_number=CALLER)


def _callback_by_hand(session: Session, door: Door, due_in_s: int = 3600) -> None:
    now = door.clock.now()
    session.add(
        Callback(
            line_id=1,
            number=CALLER if due_in_s > 0 else None,
            group="school",
            reason="manual",
            created_at=now,
            due_at=now + timedelta(seconds=due_in_s),
            state="open",
        )
    )


def _everybody_away(session: Session, door: Door) -> None:
    until = door.clock.now() + timedelta(hours=1)
    session.add_all(ConsultantState(code=code, presence="away", presence_until=until) for code in ("AIS", "BRA"))


def _no_success_of_a_job(session: Session, _door: Door) -> None:
    session.execute(delete(JobRun).where(JobRun.name == "callbacks"))


def _counts(name: str, times: int, **labels: str) -> Callable[[Session, Door], None]:
    return lambda session, _door: add(session, count(name, times, **labels))


def _answers(seconds: float, status: str) -> Callable[[Session, Door], None]:
    def answer(session: Session, _door: Door) -> None:
        for _ in range(3):
            add(session, observe("callcenter_webhook_seconds", seconds, route="voice", status=status))

    return answer


FAULTS: dict[str, Callable[[Session, Door], None]] = {
    "CallcenterWebhooksFailing": _answers(0.1, "500"),
    "CallcenterWebhooksSlow": _answers(7.0, "200"),
    "CallcenterTwilioFailing": _counts("callcenter_twilio_requests_total", 5, operation="place_leg", result="failed"),
    "CallcenterWebhooksRejected": _counts("callcenter_webhooks_rejected_total", 30, reason="unsigned"),
    "CallcenterCallersHeldBack": _counts("callcenter_calls_limited_total", 1, limit="withheld"),
    "CallcenterRecordingLost": _counts("callcenter_recordings_lost_total", 1),
    "CallcenterCallNotAdvanced": _counts("callcenter_calls_not_advanced_total", 1),
    "CallcenterNobodyAnswered": _counts("callcenter_offered_calls_total", 8, line="1", group="school"),
    "CallcenterNobodyAvailable": _everybody_away,
    "CallcenterCallbacksOverdue": lambda session, door: _callback_by_hand(session, door, due_in_s=-60),
    "CallcenterJobStale": _no_success_of_a_job,
    "CallcenterUnansweredWithoutCallback": _no_callback,
}


def test_each_fault_fires_its_alert_and_no_other(quiet_office: Door, arriving: Alertmanager) -> None:
    expected: set[str] = set()
    for name, fault in FAULTS.items():
        # An alert that should not be there makes every later comparison fail.
        assert arriving.alerts() == expected
        with quiet_office.sessions.begin() as session:
            fault(session, quiet_office)
        expected.add(name)
        wait_until(lambda: arriving.alerts() >= expected, name, within_s=20)
    with quiet_office.sessions.begin() as session:
        _callback_by_hand(session, quiet_office)
    expected.remove("CallcenterUnansweredWithoutCallback")
    wait_until(lambda: arriving.alerts() == expected, "the end of the alert after a callback by hand", within_s=20)
