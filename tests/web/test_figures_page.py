"""The page of the figures: each figure says what it is, beside what it may be compared with."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from callcenter.calls.call import Call
from callcenter.lines.register import add
from callcenter.office import Office
from callcenter.rota import versions
from tests.web.conftest import LogIn
from tests.web.seed import LEAD, NOW, ROTA, a_call


def text_of(page: str) -> str:
    """What is read on a page, without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def load_policy(office: Office, figures: str) -> None:
    """Load the office's rota with other figures in its policy."""
    files = ROTA | {"policy.toml": ROTA["policy.toml"] + figures}
    with office.sessions.begin() as session:
        versions.load(session, {name: text.encode() for name, text in files.items()}, "test", NOW)


def test_the_lines_are_named_after_what_they_measured(log_in: LogIn, office: Office) -> None:
    load_policy(office, "[figures]\ntarget = 0.9\nbaseline = 0.72\n")
    page = log_in(LEAD).get("/cijfers?period=month").text
    assert "88% van de scholen tevreden (KTO 2015)" in page
    assert "69% (2022)" in page
    assert "doel 90%" in page
    assert "uitgangspunt 72%" in page
    assert "2015: 90%" not in page
    assert "90% (2015)" not in page


def test_figures_stand_with_their_number(log_in: LogIn) -> None:
    text = text_of(log_in(LEAD).get("/cijfers?period=month").text)
    assert "294 van 471" in text
    assert re.search(r"Geholpen zoals beloofd \? Wat betekent dit\? \d+% \d+ van \d+", text)
    assert re.search(r"Bellers geholpen \? Wat betekent dit\? \d+% \d+ van \d+", text)
    assert re.search(r"binnen 25 s een mens \(norm van de VNG\) \d+% \d+ van 471", text)
    assert "'s-Hertogenbosch 2019" in text.replace("&#39;", "'")
    assert re.search(r"tussen \d+% en \d+%: geschat uit losse oproepen", text)


def test_every_figure_leads_to_its_explanation_in_both_languages(log_in: LogIn) -> None:
    client = log_in(LEAD)
    anchors = set(re.findall(r'href="/cijfers/uitleg#([a-z-]+)"', client.get("/cijfers").text))
    assert {"reachability", "helped", "callers", "schools", "municipality", "wait", "gave-up", "spread"} <= anchors
    for language in ("nl", "en"):
        page = client.get("/cijfers/uitleg", headers={"Accept-Language": language}).text
        assert anchors <= set(re.findall(r'<h2 id="([a-z-]+)"', page))
        assert "DESAN" in page


def test_rescued_calls_follow_the_group_and_the_line(log_in: LogIn, office: Office) -> None:
    with office.sessions.begin() as session:
        session.execute(update(Call).values(rescued_for=None))
        add(session, "+31858880002", "RBL twee", NOW)
        at = NOW - timedelta(minutes=30)
        rescued: list[dict[str, Any]] = [{"group": "school"}, {"group": "school"}, {"line_id": 2}]
        for number, more in enumerate(rescued):
            session.add(a_call(90000 + number, at, "answered", rescued_for="AIS", **more))
    client = log_in(LEAD)
    for query, expected in (("", 3), ("&group=school", 2), ("&line=2", 1)):
        page = client.get(f"/cijfers?period=week{query}").text
        assert f'data-count="{expected}">{expected}</a></p><p class="muted">belden de mobiel' in page


def test_another_line_is_another_report_and_the_filters_keep_each_other(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    assert 'name="line"' not in client.get("/cijfers").text
    with office.sessions.begin() as session:
        line = add(session, "+31858880002", "RBL twee", NOW)
        session.add(a_call(90001, NOW - timedelta(minutes=30), "missed", line_id=line.id, group="school"))
        assert session.scalar(select(Call.id).where(Call.line_id == line.id))
    page = client.get("/cijfers?period=week&line=2&group=school").text
    assert re.search(r'<option value="2" selected>RBL twee', page)
    assert "/cijfers?period=quarter&amp;group=school&amp;line=2" in page
    assert "0 van 1" in text_of(page)
    assert "Van alle lijnen samen" in text_of(page), "the survey knows no lines"
    assert "Van alle lijnen samen" not in client.get("/cijfers?period=week").text
    assert client.get("/cijfers?line=3").status_code == 404
