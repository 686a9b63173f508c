"""A simulated day of the demo leaves a plausible story on the pages and keeps every promise of the product."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from callcenter.demo.days import demo_period
from callcenter.demo.fixtures import LOGINS, demo_engine, demo_rota, demo_settings
from callcenter.demo.run import Demo
from callcenter.reachability.queries import period
from callcenter.storage.tables import metadata
from tests.support.figure_links import rows_behind, walk
from tests.web.conftest import token_of

A_TUESDAY_MORNING = datetime(2026, 11, 24, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, Engine]]:
    """A whole Friday and the Monday morning after it, simulated."""
    metadata()
    settings = demo_settings(Path(tmp_path_factory.mktemp("demo")), "http://127.0.0.1:8000")
    engine = demo_engine(settings)
    plan = demo_period(demo_rota(A_TUESDAY_MORNING), A_TUESDAY_MORNING, 1)
    demo = Demo(settings, engine, plan, seed=30)
    told: list[object] = []
    demo.simulate_past(threading.Event(), told.append)
    assert len(told) == demo.steps
    yield demo, engine
    engine.dispose()


def number(engine: Engine, question: str) -> float:
    with engine.connect() as connection:
        return float(connection.execute(text(question)).scalar() or 0)


def test_a_day_has_as_many_calls_as_a_bureau_has(lived: tuple[Demo, Engine]) -> None:
    assert 120 <= number(lived[1], "SELECT count(*) FROM call WHERE received_at < '2026-11-21'") <= 180


def test_reachability_lies_between_where_the_bureau_was_and_where_it_wants_to_be(lived: tuple[Demo, Engine]) -> None:
    answered = number(lived[1], "SELECT count(*) FROM call WHERE outcome = 'answered'")
    offered = number(lived[1], "SELECT count(*) FROM call WHERE in_hours AND outcome <> 'rejected'")

    assert 0.69 < answered / offered < 0.9


def test_voicemails_that_picked_up_did_not_count_as_answered(lived: tuple[Demo, Engine]) -> None:
    picked_up = "SELECT count(*) FROM leg WHERE result = 'voicemail'"
    assert number(lived[1], picked_up) > 5
    assert number(lived[1], f"{picked_up} AND picked_up_at IS NOT NULL") > 5
    nobody_pressed = """
        SELECT count(*) FROM call WHERE outcome = 'answered'
        AND NOT EXISTS (SELECT 1 FROM leg WHERE leg.call_id = call.id AND leg.result = 'accepted')
    """
    assert number(lived[1], nobody_pressed) == 0


def test_every_call_that_is_over_has_its_outcome(lived: tuple[Demo, Engine]) -> None:
    assert number(lived[1], "SELECT count(*) FROM call WHERE ended_at IS NOT NULL AND outcome IS NULL") == 0


def test_callbacks_were_made_and_most_were_spoken_to(lived: tuple[Demo, Engine]) -> None:
    made = number(lived[1], "SELECT count(*) FROM callback")
    assert made >= 15
    assert number(lived[1], "SELECT count(*) FROM callback WHERE state IN ('reached', 'resolved')") / made > 0.5


def test_callers_answered_the_survey(lived: tuple[Demo, Engine]) -> None:
    assert number(lived[1], "SELECT count(*) FROM survey_answer") >= 3


def test_no_mobile_rang_twice_at_once_and_twilio_had_nothing_to_complain(lived: tuple[Demo, Engine]) -> None:
    standin = lived[0].standin

    assert standin.double_rings() == []
    assert standin.alerts == []


def the_lead(demo: Demo) -> FlaskClient:
    client, lead = demo.app.test_client(), LOGINS[0]
    form = {"email": lead.email, "password": lead.password, "csrf_token": token_of(client, "/inloggen")}
    assert client.post("/inloggen", data=form).status_code == 303
    return client


@pytest.mark.parametrize(
    "page",
    ["/", "/cijfers?period=week", "/cijfers?period=quarter&group=school", "/cijfers?from=2026-11-20&to=2026-11-20"],
)
def test_each_figure_leads_to_exactly_the_calls_behind_it(lived: tuple[Demo, Engine], page: str) -> None:
    assert walk(the_lead(lived[0]), page) > 10


def test_callers_helped_and_promises_kept_are_listed_as_they_are_counted(lived: tuple[Demo, Engine]) -> None:
    demo, engine = lived
    now = demo_period(demo_rota(A_TUESDAY_MORNING), A_TUESDAY_MORNING, 1).live_from
    with Session(engine) as session:
        found = period(session, demo.fixtures.rota, now, date(2026, 11, 20), date(2026, 11, 24), group="school").total
    lists = {
        "/oproepen?counted=1&helped=yes": found.helped,
        "/oproepen?counted=1&helped=no": found.helped_of - found.helped,
        "/oproepen?counted=1&within_s=25": found.answered_in_charter,
        "/terugbellen/beloften?kept=yes": found.callbacks_in_time,
        "/terugbellen/beloften?kept=no": found.callbacks_due - found.callbacks_in_time,
        "/terugbellen/beloften?within=two_days": found.called_back,
        "/terugbellen/beloften?within=two_days&kept=yes": found.called_back_in_two_days,
    }
    assert found.helped > found.answered
    assert found.callbacks_due > 5
    lead, days = the_lead(demo), "day=2026-11-20&last=2026-11-23&group=school"
    assert {address: rows_behind(lead, f"{address}&{days}")[0] for address in lists} == lists


def test_it_goes_on_live_until_it_is_stopped(lived: tuple[Demo, Engine]) -> None:
    demo, engine = lived
    before = number(engine, "SELECT count(*) FROM call")
    stop = threading.Event()
    watch = threading.Thread(target=_stop_when, args=(stop, engine, before + 2))
    watch.start()

    demo.run_live(stop, speed=600)

    watch.join()
    assert number(engine, "SELECT count(*) FROM call") >= before + 2
    ready = demo.app.test_client().get("/readyz")
    assert ready.get_json()["failing"] == []


def _stop_when(stop: threading.Event, engine: Engine, calls: float) -> None:
    for _ in range(600):
        if number(engine, "SELECT count(*) FROM call") >= calls or stop.wait(0.1):
            break
    stop.set()
