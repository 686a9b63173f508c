"""A real Prometheus scrapes exact figures of a morning that is simulated with the real handlers."""

import math
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
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
from grafana.asking import Source
from grafana.drawing import page
from grafana.queries import slot_of_week
from tests.support.dashboards import FILES, dashboard, in_grafana, panel, queries
from tests.support.prometheus import Prometheus, past_of, program, scraping, served
from tests.support.waiting import wait_until

CALLS, SECONDS = 40, 1800
# Grafana's variables in queries, with values. Windows reach back to before the first call (`Morning.asked`).
VARIABLES = {"$line": ".*", "$group": ".*", "$product": "https://callcenter.example.nl"}
WINDOWS = ("$__range", "$__interval", "$__rate_interval")
# Why a query draws nothing in this morning, which lasts half a minute by the clock of Prometheus.
NOTHING_TO_DRAW = {
    "Nieuwe versies": "one release serves all morning",
    "Gesloten dagen": "the line is open",
    "Terugbelbeloften nagekomen": "no promise has come due: the jobs count them once time has passed",
    "Terugbelbeloften nagekomen over een week": "likewise",
    "Geweigerde en herhaalde webhooks": "every webhook was signed by the stand-in, and none came twice",
    "Verzoeken die niet zijn behandeld": "no request was too large, too slow or malformed",
    "Bellers door een grens tegengehouden": "no limit was reached",
    "Opdrachten die wachten": "every order was carried out",
    "Opgegeven opdrachten": "every order was carried out",
    "Oproepen alleen bekend uit Twilio's lijst": "no call came in while the line was down",
}


@dataclass
class Morning:
    """The simulated morning, the figures that the API reports of it, and the Prometheus that scraped it."""

    lived: SimulatedOffice
    prometheus: Prometheus
    token: str
    began_s: float

    def asked(self, expr: str) -> str:
        """The query as Grafana sends it, over the time from before the first call until now."""
        now = self.prometheus.value("vector(time())") or 0.0
        window = f"{math.ceil(now - self.began_s)}s"
        return in_grafana(expr, {**VARIABLES, **dict.fromkeys(WINDOWS, window)})

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
        # So many that a window may begin a second or two earlier than the first call.
        scrapes = "min(count_over_time(callcenter_offered_calls_total[1m])) >= 4"
        wait_until(lambda: prometheus.query(scrapes), "the first scrapes", within_s=60)
        began_s = prometheus.value("vector(time())") or 0.0
        for after, script in crowd(chance, CALLS, SECONDS, fixtures.numbers["school"], shape):
            lived.standin.dials(script, LINE, after=after)
        lived.standin.run_for(SECONDS)
        lived.standin.settle()
        _promises_kept_and_questions_answered(lived, fixtures.token)
        # The last scrape has the last write, and so all earlier ones.
        lived_so = Morning(lived, prometheus, fixtures.token, began_s)
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


def _queries() -> list[Any]:
    return [
        pytest.param(title, expr, id=f"{name}: {title} {number}")
        for name in FILES
        if "/" not in name
        for number, (title, expr) in enumerate(queries(name))
    ]


@pytest.mark.parametrize(("title", "expr"), _queries())
def test_every_panel_shows_data_or_is_known_to_have_none(morning: Morning, title: str, expr: str) -> None:
    found = morning.prometheus.query(morning.asked(expr))
    if "[28d:1h]" in expr:  # drawn from the end of a whole hour on, which may fall into the morning or not
        return
    assert bool(found) is (title not in NOTHING_TO_DRAW), expr
    assert all(value == value for _, value in found), f"not a number: {expr}"


@pytest.mark.parametrize("name", [name for name in FILES if "/" not in name])
def test_both_languages_ask_the_same(name: str) -> None:
    def plain(of: str) -> list[str]:
        return [expr.replace("$2.00 uur", "$2:00") for _, expr in queries(of)]

    assert plain(name) == plain(f"en/{name}")


def test_the_figures_of_the_dashboard_are_those_of_the_api(morning: Morning) -> None:
    total = morning.api("/reachability?from=2027-06-08&to=2027-06-09")["total"]

    def shown(title: str, which: int = 0, of: str = "reachability.json") -> float | None:
        return morning.prometheus.value(morning.asked(panel(of, title)["targets"][which]["expr"]))

    assert shown("Bereikbaarheid") == pytest.approx(total["reachability"])
    assert shown("Aangeboden en aangenomen") == total["offered"]
    assert shown("Aangeboden en aangenomen", 1) == total["answered"]
    assert shown("Binnen de norm aangenomen") == pytest.approx(total["answered_in_time"] / total["offered"])
    assert shown("Bereikbaarheid vandaag", of="wall.json") == pytest.approx(total["reachability"])


def test_the_bars_of_outcomes_add_up_to_the_offered_calls(morning: Morning) -> None:
    (target,) = panel("reachability.json", "Hoe aangeboden oproepen eindigden")["targets"]
    bars = {labels["outcome"]: value for labels, value in morning.prometheus.query(morning.asked(target["expr"]))}
    assert sum(bars.values()) == morning.in_database(Call.counted)
    assert bars["answered"] == morning.in_database(Call.counted, Call.outcome == "answered")


@pytest.mark.parametrize(
    ("at", "weekday", "hour"),
    [
        ("2027-03-26T09:00:00+01:00", "5", "08"),
        ("2027-03-28T01:00:00+00:00", "7", "01"),
        ("2027-03-28T02:00:00+00:00", "7", "03"),
        ("2027-03-29T09:00:00+02:00", "1", "08"),
        ("2027-07-01T00:00:00+02:00", "3", "23"),
        ("2027-10-30T17:00:00+02:00", "6", "16"),
        ("2027-10-31T03:00:00+00:00", "7", "03"),
        ("2027-11-01T09:00:00+01:00", "1", "08"),
        ("2028-01-01T00:00:00+01:00", "5", "23"),
    ],
)
def test_a_cell_of_the_week_is_the_hour_of_amsterdams_clock(morning: Morning, at: str, weekday: str, hour: str) -> None:
    (slot,) = morning.prometheus.get("query", query=slot_of_week("$2"), time=at)["result"]
    assert (slot["metric"]["weekday"], slot["metric"]["hour"]) == (weekday, hour)


@pytest.mark.parametrize("name", ["reachability.json", "wall.json", "operations.json"])
def test_a_picture_shows_every_panel_with_the_figures_of_the_api(morning: Morning, name: str) -> None:
    since = datetime.fromtimestamp(morning.began_s - 1, UTC)
    until = datetime.fromtimestamp(morning.prometheus.value("vector(time())") or 0.0, UTC)
    html, _ = page(dashboard(name), Source(morning.prometheus.url, since, until), "dark")
    for one in dashboard(name)["panels"]:
        assert f"<h2>{escape(one['title'])}</h2>" in html
    total = morning.api("/reachability?from=2027-06-08&to=2027-06-09")["total"]
    shown_share = {"reachability.json": f"{total['reachability']:.1%}", "wall.json": f"{total['reachability']:.0%}"}
    assert name not in shown_share or f">{shown_share[name]}</div>" in html


def test_the_survey_has_its_interval(morning: Morning) -> None:
    targets = panel("reachability.json", "Belpeiling: goed bereikbaar?")["targets"]
    low, share, high = (morning.prometheus.value(morning.asked(target["expr"])) for target in targets)
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
