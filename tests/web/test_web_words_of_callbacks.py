"""The words of the pages about callbacks: an appointment has its own time, and one callback is not "them"."""

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import APPOINTMENT_SLACK
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from tests.web.conftest import LogIn
from tests.web.seed import CONSULTANT, LEAD, NOW, Seeded

CSS = Path(__file__).parents[2] / "callcenter" / "web" / "static" / "callcenter.css"


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize(("minutes", "state"), [(60, ""), (-5, ""), (-30, "te laat: ")])
def test_an_appointment_is_named_by_its_own_time(
    log_in: LogIn, office: Office, seeded: Seeded, minutes: int, state: str
) -> None:
    at = NOW + timedelta(minutes=minutes)
    with office.sessions.begin() as session:
        callback = session.get_one(Callback, seeded.plain)
        callback.appointment_at, callback.due_at = at, at + APPOINTMENT_SLACK
    clock, slack = (f"{(at + extra + timedelta(hours=2)):%-H.%M} uur" for extra in (timedelta(), APPOINTMENT_SLACK))
    lead = log_in(LEAD)
    for page in (
        lead.get(f"/terugbellen/{seeded.plain}").text,
        log_in(CONSULTANT).get(f"/mijn/terugbellen/{seeded.plain}").text,
        lead.get("/terugbellen").text,
    ):
        assert f"afspraak {clock}" in text_of(page)
        assert slack not in text_of(page)
    assert f"{state}afspraak {clock}" in text_of(lead.get(f"/terugbellen/{seeded.plain}").text)
    assert ("te laat: afspraak" in text_of(lead.get(f"/terugbellen/{seeded.plain}").text)) == bool(state)


def test_a_due_time_by_hand_is_not_called_a_promise(log_in: LogIn, seeded: Seeded) -> None:
    client = log_in(LEAD)
    for path in ("/terugbellen", f"/terugbellen/{seeded.plain}"):
        page = client.get(path).text
        assert "Bellen vóór" in page
        assert "Beloven" not in page


def test_the_board_says_it_of_one_callback_and_them_of_two(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(LEAD)
    with office.sessions.begin() as session:
        session.execute(update(Callback).where(Callback.id == seeded.plain).values(untold_at=NOW))
    page = text_of(client.get("/").text)
    for sentence in ("Draag het over →", "Bel de eigenaar zelf →", "Geef het aan iemand →"):
        assert sentence in page
    with office.sessions.begin() as session:
        late = NOW - timedelta(minutes=5)
        for one in (seeded.plain, seeded.heard):
            values = {"untold_at": NOW, "owner": None, "due_at": late}
            session.execute(update(Callback).where(Callback.id == one).values(values))
    page = text_of(client.get("/").text)
    for sentence in ("Draag ze over →", "Bel hen zelf →", "Geef ze aan iemand →"):
        assert sentence in page


def test_a_break_is_to_be_ended_only_while_somebody_has_one(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    with office.sessions.begin() as session:
        session.execute(delete(ConsultantState))
        for code in ("AIS", "BRA", "DIR", "EVA", "FLO"):
            session.add(ConsultantState(code=code, presence="busy", presence_until=NOW + timedelta(hours=1)))
        session.add(ConsultantState(code="CEM", presence="break", presence_until=NOW + timedelta(hours=1)))
    assert "Niemand is nu oproepbaar. Vraag iemand de pauze te beëindigen." in text_of(client.get("/").text)
    with office.sessions.begin() as session:
        session.execute(update(ConsultantState).values(presence="busy"))
    page = text_of(client.get("/").text)
    assert "Niemand is nu oproepbaar." in page
    assert "pauze te beëindigen" not in page


def test_styles_of_a_figure_and_a_message_hit_nothing_else() -> None:
    rules = re.sub(r"\s+", " ", CSS.read_text())
    # Bootstrap makes `.figure` a block, also where it is a cell of a table.
    assert re.search(r"td\.figure \{ display: table-cell;", rules)
    # `.swatch.message` is a square in a chart's legend.
    assert re.search(r"} \.message \{", rules) is None
