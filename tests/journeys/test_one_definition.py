"""A figure is the same everywhere: in the database, the API, the page, its file and the metrics of both hosts, whatever
the policy became, and after a restore."""

import csv
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callcenter.access.tokens import create_token
from callcenter.app import make_app, make_office
from callcenter.backup.making import back_up
from callcenter.backup.restoring import restore
from callcenter.callbacks import verbs
from callcenter.callbacks.records import Callback
from callcenter.errors import CallcenterError
from callcenter.office import Office
from callcenter.reachability.promise_totals import count_promises
from callcenter.reachability.rollup import roll_up
from callcenter.rota import versions
from callcenter.runtime import write_totals
from callcenter.standin.people.scripts import random_caller, random_phone
from tests.support.askers import a_cheap_login
from tests.support.counted_by_hand import (
    AMSTERDAM,
    COUNTED,
    Measured,
    Rows,
    count,
    is_judged,
    is_offered,
    rows_of,
    spans,
)
from tests.support.town import LINE, LINE_2, PEOPLE, SCHOOL, MakeTown, Town
from tests.web.conftest import token_of

CALLERS = (SCHOOL, "+31201230001", "+31201230002", "+31201230003", "+31201230004")
GROUPS = (None, "school", "unknown")
LINES = (None, 1, 2)
# The Fridays before the clock changes, in each of which an hour of the night is missing or doubled.
WEEKENDS = {"spring": datetime(2027, 3, 26, 18, 0, tzinfo=UTC), "autumn": datetime(2027, 10, 29, 18, 0, tzinfo=UTC)}
PASSWORD = "a long enough password"


def files(rng: Random, *, target: float, service_level_s: int, grace_s: int) -> dict[str, bytes]:
    """A rota with the line open day and night, so that calls come in the hours that the clock change moves."""
    on_duty = rng.sample(sorted(PEOPLE), rng.choice([1, 2, 3]))
    return {
        "consultants.csv": b"code;name;mobile\n" + "".join(f"{c};{c};{n}\n" for c, n in PEOPLE.items()).encode(),
        "shifts.csv": b"consultant;days;from;to\n" + "".join(f"{c};mon-sun;0:00;24:00\n" for c in on_duty).encode(),
        "policy.toml": f"""
[open]
mon-sun = ["0:00-24:00"]
[closed_days]
good_friday = "open"
easter_monday = "open"
liberation_day = "open"
[figures]
target = {target}
service_level_s = {service_level_s}
abandon_grace_s = {grace_s}
""".encode(),
    }


class Weeks:
    """Some days of random calls and callbacks, in which policy and rota change halfway."""

    def __init__(self, town: Town, season: str) -> None:
        self.town, self.rng = town, Random(season)
        self.versions: dict[int, Measured] = {}
        self.start = WEEKENDS[season]
        town.another_line(LINE_2)
        self.other = self._another_host()
        # Nothing here depends on when the jobs run.
        town.lived.turns(**dict.fromkeys(("callbacks", "promises", "limits", "reconcile", "gaps", "rollup"), 4 * 3600))
        for code in PEOPLE:
            town.mobile(code).chooses(lambda: random_phone(self.rng, LINE))

    def _another_host(self) -> Office:
        """A second host on the same database. Twilio's requests go to each in turn."""
        first = self.town.lived.office
        second = make_office(first.settings, self.town.clock, first.engine)
        second.wake = first.wake
        self.apps = (self.town.lived.app, make_app(second))
        hosts = cycle(app.wsgi_app for app in self.apps)
        self.town.lived.door.leads_to(lambda environ, start: next(hosts)(environ, start))
        return second

    def live(self) -> None:
        """Until every call is over and each host has written what it counted."""
        self.town.live(tail_s=6 * 3600)
        write_totals(self.other, self.other.totals)

    def load(self, **figures: Any) -> None:
        """Load another rota with another policy."""
        with self.town.sessions.begin() as session:
            version = versions.load(session, files(self.rng, **figures), "test", self.town.clock.now())
            self.versions[version.id] = Measured(figures["grace_s"], figures["service_level_s"])

    def calls(self, number: int, days: float) -> None:
        """Random calls on both lines, with deeds on callbacks between them."""
        begun = self.town.clock.now()
        moments = sorted(self.rng.uniform(0, days * 86400) for _ in range(number))
        for after_s in moments:
            self.town.standin.run_until(max(begun + timedelta(seconds=after_s), self.town.clock.now()))
            line = self.rng.choice([LINE, LINE, LINE_2])
            self.town.standin.dials(random_caller(self.rng, CALLERS), line)
            self.town.standin.settle(tail_s=5)
            self._deed()

    def _deed(self) -> None:
        now = self.town.clock.now()
        live = [one.id for one in self.town.callbacks() if one.state in ("open", "claimed")]
        closed = [one.id for one in self.town.callbacks() if one.state not in ("open", "claimed")]
        deeds: list[Callable[[Any, int], Callback]] = [
            lambda session, one: verbs.record_attempt(session, self._rota(session), one, "reached", "AIS", now),
            lambda session, one: verbs.record_attempt(session, self._rota(session), one, "no_answer", "AIS", now),
            lambda session, one: verbs.close_unreachable(session, one, "AIS", now),
            lambda session, one: verbs.cancel(session, one, "", "AIS", now),
        ]
        ids = live
        if closed and self.rng.random() < 0.3:
            ids, deeds = closed, [lambda session, one: verbs.reopen(session, self._rota(session), one, "AIS", now)]
        if not ids or self.rng.random() < 0.3:
            return
        try:
            with self.town.sessions.begin() as session:
                # The newest one is not late yet.
                self.rng.choice(deeds)(session, ids[-1] if self.rng.random() < 0.6 else self.rng.choice(ids))
        except CallcenterError:
            pass  # a message that nobody has heard, or another live callback of the caller

    def _rota(self, session: Any) -> Any:
        active = versions.active(session)
        assert active is not None
        return active[1]


@pytest.fixture(params=sorted(WEEKENDS))
def weeks(request: pytest.FixtureRequest, a_small_town: MakeTown) -> Weeks:
    """Days around a clock change, lived through the stand-in."""
    lived = Weeks(a_small_town(WEEKENDS[request.param], pace=120), request.param)
    lived.load(target=0.88, service_level_s=30, grace_s=5)
    lived.calls(9, days=1.35)
    # The night of the clock change.
    lived.calls(5, days=0.2)
    lived.load(target=0.9, service_level_s=12, grace_s=20)
    lived.calls(8, days=0.5)
    lived.live()
    return lived


def test_they_agree_on_both_hosts(weeks: Weeks) -> None:
    for app in weeks.apps:
        assert_agreement(weeks, app)


def test_they_agree_after_a_restore(weeks: Weeks, tmp_path: Path) -> None:
    town = weeks.town
    back_up(town.lived.office.engine, tmp_path / "backup", town.clock)
    town.lived.turns(reconcile=600)
    weeks.calls(6, days=0.1)
    weeks.live()
    before = len(town.calls())
    town.lived.be_away()
    town.lived.office.engine.dispose()
    restore(town.lived.office.engine, tmp_path / "backup", town.clock, replace=True)
    assert len(town.calls()) <= before - 6  # the backup knows none of them
    town.lived.come_back()
    weeks.live()
    assert len(town.calls()) == before
    assert_agreement(weeks, town.lived.app)


def assert_agreement(weeks: Weeks, app: Flask) -> None:
    """Whatever this host says equals what is counted from the rows by hand."""
    town, now = weeks.town, weeks.town.clock.now()
    count_promises(town.sessions, now)
    first = weeks.start.astimezone(AMSTERDAM).replace(hour=0, minute=0, tzinfo=None)
    last = now.astimezone(AMSTERDAM).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    last += timedelta(days=1)
    with town.sessions() as session:
        rows = rows_of(session, weeks.versions, now)
    assert_worth_counting(rows)
    client, lead, reader = _clients(town, app)
    for line in LINES:
        for group in GROUPS:
            for by in ("hour", "day", "week"):
                assert _from_api(client, lead, first, last, by, line, group) == _by_hand(
                    rows, first, last, by, line, group
                )
            whole = _sum(_by_hand(rows, first, last, "week", line, group).values())
            _assert_page(reader, first, last, line, group, whole)
            _assert_file(reader, first, last, line, group, _by_hand(rows, first, last, "day", line, group))
    _assert_metrics(client.get("/metrics").text, rows)
    # Days that are over are stored; the figures stay.
    with town.sessions.begin() as session:
        active = versions.active(session)
        assert active is not None
        while roll_up(session, active[1], now):
            pass
    assert _from_api(client, lead, first, last, "hour", 2, None) == _by_hand(rows, first, last, "hour", 2, None)


def assert_worth_counting(rows: Rows) -> None:
    """There is something of every kind, so that no comparison is between zeros."""
    offered = [call for call in rows.calls if is_offered(rows, call)]
    assert len({call["rota_version_id"] for call in offered}) == 2
    assert {call["line_id"] for call in offered} == {1, 2}
    assert {call["outcome"] for call in offered} >= {"answered", "abandoned"}
    judged = [time for time in rows.times if is_judged(rows, time)]
    assert {time["kept_at"] is not None and time["kept_at"] <= time["due_at"] for time in judged} == {True, False}


def _by_hand(
    rows: Rows, first: datetime, last: datetime, by: str, line: int | None, group: str | None
) -> dict[str, Any]:
    found = {begin.isoformat(): count(rows, begin, end, line, group) for begin, end in spans(first, last, by)}
    return {start: one for start, one in found.items() if one["offered"] or one["callbacks_due"]}


def _from_api(
    client: FlaskClient, token: str, first: datetime, last: datetime, by: str, line: int | None, group: str | None
) -> dict[str, Any]:
    query = {"from": first.date(), "to": last.date(), "by": by, "line": line, "group": group}
    chosen = {name: str(value) for name, value in query.items() if value is not None}
    answer = client.get("/api/v1/reachability", query_string=chosen, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    items = answer.get_json()["items"]
    begin = first.replace(tzinfo=AMSTERDAM).astimezone(UTC)  # the first week begins before the days that are asked for
    return {
        max(datetime.fromisoformat(one["start"]), begin).isoformat(): {name: one[name] for name in COUNTED}
        for one in items
        if one["offered"] or one["callbacks_due"]
    }


def _sum(found: Any) -> dict[str, int]:
    whole = dict.fromkeys((name for name in COUNTED if name != "outcomes"), 0)
    for one in found:
        for name in whole:
            whole[name] += one[name]
    return whole


def _assert_page(
    reader: FlaskClient, first: datetime, last: datetime, line: int | None, group: str | None, whole: Mapping[str, int]
) -> None:
    query = {"from": first.date(), "to": (last - timedelta(days=1)).date(), "line": line or "", "group": group or ""}
    page = " ".join(re.sub(r"<[^>]*>", " ", reader.get("/cijfers", query_string=query).text).split())
    if not whole["offered"]:
        assert "Geen oproepen in deze dagen." in page
        return
    pairs = {
        "Bereikbaarheid": ("answered", "offered"),
        "Geholpen zoals beloofd": ("helped", "helped_of"),
        "Bellers geholpen": ("callers_helped", "callers"),
        "binnen 25 s een mens (norm van de VNG)": ("answered_in_charter", "offered"),
        "op tijd een mens (ons beleid: nu 12 s)": ("answered_in_time", "offered"),
        "teruggebeld binnen de beloofde tijd": ("callbacks_in_time", "callbacks_due"),
    }
    for title, (part, of) in pairs.items():
        shown = re.search(re.escape(title) + r"(?: \? Wat betekent dit\?)? (?:\d+% )?(?:(\d+) van (\d+)|–)", page)
        assert shown, (title, page)
        assert (int(shown[1] or 0), int(shown[2] or 0)) == (whole[part] if whole[of] else 0, whole[of]), (
            title,
            line,
            group,
        )


def _assert_metrics(page: str, rows: Rows) -> None:
    def exported(name: str, **labels: object) -> float:
        return sum(
            float(value)
            for found, value in re.findall(rf"^{name}{{([^}}]*)}} ([0-9.e+]+)$", page, re.MULTILINE)
            if all(f'{label}="{wanted}"' in found for label, wanted in labels.items())
        )

    always = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    for line in (1, 2):
        whole = count(rows, *always, line)
        assert exported("callcenter_answered_in_time_total", line=line) == whole["answered_in_time"]
        assert exported("callcenter_call_wait_seconds_count", line=line) == whole["offered"]
        for group in ("school", "unknown"):
            one = count(rows, *always, line, group)
            labels = {"line": line, "group": group}
            assert exported("callcenter_offered_calls_total", **labels) == one["offered"]
            assert exported("callcenter_answered_calls_total", **labels) == one["answered"]
            kept, broken = (exported("callcenter_promises_total", kept=word, **labels) for word in ("true", "false"))
            assert (kept, kept + broken) == (one["callbacks_in_time"], one["callbacks_due"])


# The counts in the file of the figures, by their headings.
HEADINGS = {
    "aangeboden oproepen": "offered",
    "beantwoorde oproepen": "answered",
    "op tijd beantwoorde oproepen": "answered_in_time",
    "oproepen beantwoord binnen 25 seconden": "answered_in_charter",
    "beloften waarvan de tijd om is": "callbacks_due",
    "beloften op tijd nagekomen": "callbacks_in_time",
    "oproepen waarvan bekend is of de beller geholpen is": "helped_of",
    "oproepen waarvan de beller geholpen is": "helped",
    "bellers, elk één keer per dag": "callers",
    "bellers die geholpen zijn": "callers_helped",
}


def _assert_file(
    reader: FlaskClient, first: datetime, last: datetime, line: int | None, group: str | None, days: Mapping[str, Any]
) -> None:
    query = {"from": first.date(), "to": (last - timedelta(days=1)).date(), "line": line or "", "group": group or ""}
    text = reader.get("/cijfers.csv", query_string=query).data.decode("utf-8-sig")
    *rows, total = list(csv.DictReader(StringIO(text), delimiter=";"))
    shown = {
        datetime.fromisoformat(row["van dag"]).replace(tzinfo=AMSTERDAM).astimezone(UTC).isoformat(): _counts(row)
        for row in rows
        if row["aangeboden oproepen"] != "0" or row["beloften waarvan de tijd om is"] != "0"
    }
    assert shown == {start: {name: one[name] for name in HEADINGS.values()} for start, one in days.items()}
    assert _counts(total) == {name: one for name, one in _sum(days.values()).items() if name in HEADINGS.values()}


def _counts(row: Mapping[str, str]) -> dict[str, int]:
    return {name: int(row[heading]) for heading, name in HEADINGS.items()}


def _clients(town: Town, app: Flask) -> tuple[FlaskClient, str, FlaskClient]:
    with town.sessions.begin() as session:
        token = create_token(session, town.clock.now(), "lead")
        email = f"lead{token[-8:]}@example.nl".lower()
        a_cheap_login(session, town.clock.now(), email, "lead", PASSWORD)
    reader = app.test_client()
    form = {"email": email, "password": PASSWORD, "csrf_token": token_of(reader, "/inloggen")}
    assert reader.post("/inloggen", data=form).status_code == 303
    return app.test_client(), token, reader
