"""Access to the metrics, and the conditions of `/readyz`."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.records import JobRun
from callcenter.telephony.twilio_api import TwilioApi, make_client
from schedules.jobs import Job, run_job
from tests.support.api_office import Door, an_app, an_office


@pytest.fixture
def door(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    return Door(sessions, clock)


def test_it_is_alive_as_long_as_it_answers(door: Door) -> None:
    answer = door.client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_it_is_ready_with_a_database_a_rota_and_fresh_jobs(door: Door) -> None:
    door.app.extensions["callcenter_jobs"] = {"sweep": 60.0}
    answer = door.client.get("/readyz")
    assert (answer.status_code, answer.get_json()["failing"]) == (503, ["rota"])
    door.load_rota()
    door.clock.advance(61)
    answer = door.client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["job:sweep"]) == (503, "has not run yet")
    with door.sessions.begin() as session:
        session.add(JobRun(name="sweep", last_success_at=door.clock.now() - timedelta(seconds=60)))
    answer = door.client.get("/readyz")
    assert (answer.status_code, answer.get_json()["failing"]) == (200, [])
    door.clock.advance(1)
    answer = door.client.get("/readyz")
    assert (answer.status_code, answer.get_json()["failing"]) == (503, ["job:sweep"])
    assert answer.get_json()["checks"]["job:sweep"] == "last done 61 s ago"


def test_a_job_that_was_last_done_in_the_future_is_not_fresh(door: Door) -> None:
    door.load_rota()
    door.app.extensions["callcenter_jobs"] = {"sweep": 60.0}
    now = door.clock.now()
    with door.sessions.begin() as session:
        session.add(JobRun(name="sweep", last_success_at=now + timedelta(seconds=60)))
    assert door.client.get("/readyz").status_code == 200  # two hosts' clocks differ
    for ahead in (timedelta(seconds=61), timedelta(hours=1), timedelta(days=1)):
        with door.sessions.begin() as session:
            session.get_one(JobRun, "sweep").last_success_at = now + ahead
        answer = door.client.get("/readyz")
        assert (answer.status_code, answer.get_json()["failing"]) == (503, ["job:sweep"])
        told = f"the clock stepped back: last done {round(ahead.total_seconds())} s in the future"
        assert answer.get_json()["checks"]["job:sweep"] == told


def test_after_the_clock_was_set_back_a_job_that_has_not_run_gets_its_time_again(door: Door) -> None:
    door.load_rota()
    door.app.extensions["callcenter_jobs"] = {"sweep": 60.0}
    door.clock.instant -= timedelta(days=1)
    assert door.client.get("/readyz").status_code == 200
    door.clock.advance(61)
    answer = door.client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["job:sweep"]) == (503, "has not run yet")


def test_a_job_that_succeeds_after_the_clock_was_set_back_is_fresh_at_once(door: Door) -> None:
    door.load_rota()
    door.app.extensions["callcenter_jobs"] = {"nothing": 60.0}
    office: Office = door.app.extensions["callcenter"]
    job = Job("nothing", 1, lambda _office, _twilio: None)
    twilio = TwilioApi(make_client(office.settings))
    assert run_job(office, twilio, job)
    door.clock.instant -= timedelta(hours=1)
    assert door.client.get("/readyz").status_code == 503
    assert run_job(office, twilio, job)
    assert door.client.get("/readyz").status_code == 200


def test_it_names_a_database_that_has_no_tables(empty_database_url: str, clock: VirtualClock) -> None:
    engine = make_engine(empty_database_url)
    client = an_app(an_office(make_sessions(engine), clock)).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["failing"]) == (503, ["migrations"])
    assert client.get("/metrics").status_code == 503
    assert client.get("/healthz").status_code == 200
    engine.dispose()


def test_it_names_a_database_that_is_away(clock: VirtualClock) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    answer = an_app(an_office(make_sessions(engine), clock)).test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["failing"]) == (503, ["database"])


def test_without_a_token_only_this_machine_sees_the_metrics(door: Door) -> None:
    assert door.client.get("/metrics").status_code == 200
    assert door.client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    assert door.client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403
    # A proxy on this machine forwards requests of clients elsewhere.
    assert door.client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


def test_with_a_token_whoever_has_it_sees_them(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    door = Door(sqlite_sessions, clock, {"CALLCENTER_METRICS_TOKEN": "scrape-me-with-this"})

    def status(**headers: str) -> int:
        return int(door.client.get("/metrics", headers=headers).status_code)

    assert status() == 401
    assert status(Authorization="Bearer other") == 401
    assert status(Authorization="Bearer scrape-me-with-this") == 200
    assert door.client.get("/metrics").headers["WWW-Authenticate"].startswith("Bearer")


def test_openmetrics_is_given_on_request(door: Door) -> None:
    plain = door.client.get("/metrics")
    assert plain.content_type.startswith("text/plain; version=0.0.4")
    asked = door.client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert asked.content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert asked.text.endswith("# EOF\n")
