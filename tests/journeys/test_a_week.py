"""A week of 150 calls a day: pages, metrics and API agree, and no name or number is logged."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from shutil import copyfile

import pytest
from sqlalchemy import func, select

from callcenter.access.tokens import create_token
from callcenter.access.users import add_user
from callcenter.calls.call import Call
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import random_caller, random_phone
from callcenter.storage.engine import make_engine
from tests.support.invariants import breaches
from tests.support.soak import at_length
from tests.support.town import LINE, PEOPLE, SCHOOL, TUESDAY_MORNING, Town
from tests.web.conftest import token_of

pytestmark = pytest.mark.soak

# `make test` simulates two days of the week, each of half as many calls.
DAYS = at_length(2, 5)
A_DAY = at_length(75, 150)
CALLERS = (SCHOOL, *(f"+3120123{n:04d}" for n in range(60)))
NO_LINE = "+31858889999"
OUR_LOGS = ("callcenter", "webhooks", "schedules", "twilio")
NAMES = ("Wegwijzer", "Dordrecht", "Aïsha", "Bram V", "Cem Ö")
# A telephone number has at least seven digits; identifiers of orders and legs have fewer.
NUMBER = re.compile(r"\+?\d[\d \-]{6,}\d")


class Lines(logging.Handler):
    """Every log line, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass
class Week:
    """The simulated week: its town, its log lines and its local days."""

    town: Town
    log: list[str]
    first: str
    last: str
    after: str

    def count(self, *conditions: object) -> int:
        with self.town.session() as session:
            return session.scalar(select(func.count(Call.id)).where(*conditions)) or 0  # type: ignore[arg-type]

    def metric(self, name: str) -> float:
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", self.town.page("/metrics"), re.MULTILINE)
        assert found, name
        return sum(float(value) for value in found)


@pytest.fixture(scope="module")
def week(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    database = tmp_path_factory.mktemp("week") / "callcenter.db"
    copyfile(sqlite_template, database)
    engine = make_engine(f"sqlite:///{database}", durable=False)
    log = Lines()
    for name in OUR_LOGS:
        logging.getLogger(name).addHandler(log)
    # Some requests fail, so that there are log lines.
    failing = (FaultRule("rest_error", probability=0.02), FaultRule("error", kind="document", probability=0.01))
    town = Town(engine, policy="", pace=30, faults=failing)
    town.standin.line(NO_LINE)
    town.somebody("+31201230000").dials(NO_LINE)
    rng = Random(11)
    for code in PEOPLE:
        town.mobile(code).chooses(lambda: random_phone(rng, LINE))
    for day in range(DAYS):
        start = TUESDAY_MORNING + timedelta(days=(0, 1, 2, 3, 6)[day]) - timedelta(minutes=90)
        town.standin.run_until(start)
        for _ in range(A_DAY):
            town.standin.dials(random_caller(rng, CALLERS), LINE, after=round(rng.uniform(60, 8.4 * 3600), 1))
        town.standin.run_for(9 * 3600)
    town.live(tail_s=3600)
    for name in OUR_LOGS:
        logging.getLogger(name).removeHandler(log)
    last = town.clock.now().date()
    yield Week(town, log.lines, "2027-06-08", last.isoformat(), (last + timedelta(days=1)).isoformat())
    engine.dispose()


def test_every_promise_was_kept(week: Week) -> None:
    assert len(week.town.calls()) >= DAYS * A_DAY
    assert breaches(week.town) == []


def test_database_api_page_and_metrics_tell_the_same(week: Week) -> None:
    town = week.town
    with town.sessions.begin() as session:
        token = create_token(session, town.clock.now(), "lead")
    answer = town.lived.app.test_client().get(
        f"/api/v1/reachability?from={week.first}&to={week.after}", headers={"Authorization": f"Bearer {token}"}
    )
    total = answer.get_json()["total"]
    offered, answered = week.count(Call.counted), week.count(Call.counted, Call.outcome == "answered")

    assert (total["offered"], total["answered"]) == (offered, answered)
    assert total["reachability"] == pytest.approx(answered / offered)
    assert week.metric("callcenter_offered_calls_total") == offered
    assert week.metric("callcenter_answered_calls_total") == answered
    assert week.metric("callcenter_calls_total") == week.count()
    assert week.metric("callcenter_unanswered_without_callback") == 0
    assert f"{answered} van {offered}" in _figures(week)


def _figures(week: Week) -> str:
    """The text of the figures page, as a team lead reads it."""
    town, password = week.town, "a long enough password"
    with town.sessions.begin() as session:
        add_user(session, town.clock.now(), "lead@example.nl", "lead", password)
    client = town.lived.app.test_client()
    fields = {"email": "lead@example.nl", "password": password, "csrf_token": token_of(client, "/inloggen")}
    assert client.post("/inloggen", data=fields).status_code == 303
    page = client.get(f"/cijfers?from={week.first}&to={week.last}")
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_no_line_of_the_log_holds_a_name_or_a_number(week: Week) -> None:
    told = [line for line in week.log if NUMBER.search(line) or any(name in line for name in NAMES)]
    assert week.log
    assert told == []


def test_no_metric_holds_a_name_or_a_number(week: Week) -> None:
    labels = " ".join(re.findall(r"{[^}]*}", week.town.page("/metrics")))
    assert not NUMBER.search(labels)
    assert not any(name in labels for name in NAMES)
    assert not any(code in labels for code in PEOPLE)
