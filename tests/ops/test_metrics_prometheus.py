"""A real Prometheus scrapes exact figures of a morning that is simulated with the real handlers."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from callcenter.calls.call import Call
from callcenter.clock import VirtualClock
from callcenter.demo.fixtures import LINE, demo_engine, demo_settings, demo_shape, load_fixtures
from callcenter.demo.simulated_office import SimulatedOffice
from callcenter.doctor import of_host
from callcenter.doctor.findings import Level
from callcenter.reachability.totals import stored_totals
from callcenter.reachability.wilson import interval
from callcenter.standin.people.crowd import crowd, ordinary_phone
from callcenter.storage.totals import add, count
from tests.support.prometheus import Prometheus, past_of, program, scraping, served
from tests.support.waiting import wait_until

DASHBOARDS = Path(__file__).parents[2] / "grafana" / "dashboards"
CALLS, SECONDS = 40, 1800
# Grafana's variables in queries, with values.
VARIABLES = {"$__range": "1h", "$__interval": "1m", "$__rate_interval": "1m", "$line": ".*"}


@dataclass
class Morning:
    """The simulated morning, the figures that the API reports of it, and the Prometheus that scraped it."""

    lived: SimulatedOffice
    prometheus: Prometheus
    token: str

    def api(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.lived.app.test_client().get(f"/api/v1{path}", headers=headers).json

    def counted(self, name: str, holding: str = "") -> float:
        with self.lived.office.sessions() as session:
            return sum(value for labels, value in stored_totals(session)[name].items() if holding in labels)

    def in_database(self, *conditions: Any) -> int:
        with self.lived.office.sessions() as session:
            return session.scalar(select(func.count()).select_from(Call).where(*conditions)) or 0


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    """Half an hour of a Tuesday morning, scraped by Prometheus throughout."""
    program("prometheus")
    folder = tmp_path_factory.mktemp("morning")
    settings = demo_settings(folder, "https://callcenter.example.nl")
    clock = VirtualClock(datetime(2027, 6, 8, 7, 0, tzinfo=UTC))
    engine = demo_engine(settings)
    chance, shape = Random(7), demo_shape()
    lived = SimulatedOffice(settings, clock, engine, pace=10, default_phone=lambda _: ordinary_phone(chance, shape))
    with lived.office.sessions.begin() as session:
        fixtures = load_fixtures(session, clock.now())
    lived.standin.line(LINE)
    before = lived.app.test_client().get("/metrics", headers={"Accept": "application/openmetrics-text"}).text
    with served(lived.app) as target, scraping(target, past_of(before, target)) as prometheus:
        wait_until(lambda: prometheus.query("up == 1"), "a first scrape", within_s=60)
        for after, script in crowd(chance, CALLS, SECONDS, fixtures.numbers["school"], shape):
            lived.standin.dials(script, LINE, after=after)
        lived.standin.run_for(SECONDS)
        lived.standin.settle()
        _promises_kept_and_questions_answered(lived, fixtures.token)
        # The last scrape has the last write, and so all earlier ones.
        lived_so = Morning(lived, prometheus, fixtures.token)
        said, told = lived_so.counted("callcenter_survey_answers_total"), "sum(callcenter_survey_answers_total)"
        wait_until(lambda: prometheus.value(told) == said, "the last scrape", within_s=30)
        # Rules are evaluated at their own interval, so we wait until they have evaluated that scrape too.
        offered, grown = lived_so.counted("callcenter_offered_calls_total"), "sum(callcenter:offered_calls:grown1d)"
        wait_until(lambda: prometheus.value(grown) == offered, "the rules after the last scrape", within_s=30)
        wait_until(lambda: prometheus.query("callcenter:reachability:ratio28d"), "the ratio", within_s=30)
        yield lived_so
    engine.dispose()


def _promises_kept_and_questions_answered(lived: SimulatedOffice, token: str) -> None:
    """Every second callback is fulfilled, and twelve more callers answer the survey: enough for a share."""
    client, headers = lived.app.test_client(), {"Authorization": f"Bearer {token}"}
    for callback in client.get("/api/v1/callbacks?limit=200", headers=headers).get_json()["items"][::2]:
        if callback["state"] in ("open", "claimed"):
            client.patch(f"/api/v1/callbacks/{callback['id']}", json={"state": "reached"}, headers=headers)
    with lived.office.sessions.begin() as session:
        add(session, count("callcenter_survey_answers_total", 10, group="school", answer="yes"))
        add(session, count("callcenter_survey_answers_total", 2, group="school", answer="no"))


def test_every_call_of_the_morning_has_one_outcome(morning: Morning) -> None:
    assert morning.in_database() == morning.in_database(Call.outcome.is_not(None)) >= CALLS
    assert morning.prometheus.value("sum(callcenter_calls_total)") == morning.in_database()


def test_database_api_and_prometheus_agree_to_the_last_call(morning: Morning) -> None:
    total = morning.api("/reachability?from=2027-06-08&to=2027-06-09")["total"]
    assert total["offered"] == morning.in_database(Call.counted) > 0
    assert total["answered"] == morning.in_database(Call.counted, Call.outcome == "answered") > 0
    value = morning.prometheus.value
    assert value("sum(callcenter_offered_calls_total)") == total["offered"]
    assert value("sum(callcenter_answered_calls_total)") == total["answered"]
    assert value("sum(callcenter_answered_in_time_total)") == total["answered_in_time"]
    assert value("sum(callcenter_call_wait_seconds_count)") == morning.in_database(Call.counted)
    assert value("sum(callcenter:offered_calls:grown1d)") == total["offered"]
    assert value("callcenter:reachability:ratio28d") == pytest.approx(total["reachability"])
    assert value("callcenter:reachability:high1d") == pytest.approx(total["high"], abs=1e-4)
    assert value("max(callcenter_unanswered_without_callback)") == 0


def test_the_promises_agree(morning: Morning) -> None:
    for state in ("open", "claimed", "reached"):
        items = morning.api(f"/callbacks?state={state}&limit=200")["items"]
        assert morning.prometheus.value(f'callcenter_callbacks{{state="{state}"}}') == len(items)


def _panels() -> list[Any]:
    found = []
    for path in sorted(DASHBOARDS.glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                found.append(pytest.param(target["expr"], id=f"{path.stem}: {panel['title']} {target['refId']}"))
    return found


@pytest.mark.parametrize("expr", _panels())
def test_every_panel_shows_data(morning: Morning, expr: str) -> None:
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    found = morning.prometheus.query(expr)
    assert found, expr
    assert all(value == value for _, value in found), f"not a number: {expr}"


def test_the_reachability_panel_shows_what_the_api_says(morning: Morning) -> None:
    panels = json.loads((DASHBOARDS / "reachability.json").read_text())["panels"]
    expr = next(panel["targets"][0]["expr"] for panel in panels if panel["title"] == "Reachability")
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    total = morning.api("/reachability?from=2027-06-08&to=2027-06-09")["total"]
    assert morning.prometheus.value(expr) == pytest.approx(total["reachability"])


def test_the_survey_has_its_interval(morning: Morning) -> None:
    panels = json.loads((DASHBOARDS / "reachability.json").read_text())["panels"]
    targets = next(panel["targets"] for panel in panels if panel["title"].startswith("Survey"))
    low, share, high = (morning.prometheus.value(t["expr"].replace("$__range", "1h")) for t in targets)
    name = "callcenter_survey_answers_total"
    yes, n = int(morning.counted(name, '"yes"')), int(morning.counted(name))
    assert share == pytest.approx(yes / n)
    assert (low, high) == pytest.approx(interval(yes, n), abs=1e-5)


def test_the_doctor_asks_prometheus_how_long_it_keeps_figures(morning: Morning) -> None:
    (found,) = of_host.prometheus(morning.prometheus.url)
    assert found.level is Level.OK
    assert "400 days" in found.text


def test_promtool_finds_nothing_amiss_with_the_metrics(morning: Morning) -> None:
    text = morning.lived.app.test_client().get("/metrics").data
    told = subprocess.run([program("promtool"), "check", "metrics"], input=text, capture_output=True, check=False)
    assert (told.returncode, told.stdout.decode(), told.stderr.decode()) == (0, "", "")


def test_a_line_that_works_raises_no_alert_about_the_installation(morning: Morning) -> None:
    groups = morning.prometheus.get("rules", type="alert")["groups"]
    firing = {rule["name"] for group in groups for rule in group["rules"] if rule["state"] == "firing"}
    # The world of the stand-in has its own clock, in which Prometheus finds the jobs' successes in the future.
    assert firing <= {"CallcenterClockStepped"}
    assert {rule["health"] for group in groups for rule in group["rules"]} == {"ok"}
