"""The first line of the board answers whether we are reachable, and what helps, at every hour of every day."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from callcenter.rota import versions
from callcenter.rota.records import RotaVersion
from tests.web.conftest import LogIn
from tests.web.seed import LEAD, NOW, ROTA, a_callback
from tests.web.test_web_browser import a_page
from tests.web.test_web_browser import log_in as log_in_to

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Monday 14 June 2027, 8.25 in Amsterdam.
MONDAY = datetime(2027, 6, 14, 6, 25, tzinfo=UTC)


def answer_on(client: FlaskClient) -> str:
    """The colour, the text and the address of the deed in the band on top of the board."""
    page = client.get("/").text
    found = re.search(r'<section class="band (\w+)".*?<a class="deed" href="([^"]+)".*?</section>', page, re.S)
    assert found is not None
    text = " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())
    return f"{found[1]}: {text} {found[2].replace('&amp;', '&')}"


def move_to(office: Office, instant: datetime) -> None:
    assert isinstance(office.clock, VirtualClock)
    office.clock.move_to(instant)


def load(office: Office, **files: str) -> None:
    """Load the office's rota with more rows in these files."""
    changed = {name: text + files.get(name.partition(".")[0], "") for name, text in ROTA.items()}
    with office.sessions.begin() as session:
        versions.load(session, {name: text.encode() for name, text in changed.items()}, "test", office.clock.now())


def nobody_rings(office: Office) -> None:
    """All calls are over, and every callback is closed."""
    with office.sessions.begin() as session:
        session.execute(update(Call).where(Call.ended_at.is_(None)).values(ended_at=NOW, state="ended"))
        session.execute(update(Callback).values(state="cancelled"))


def test_while_open_it_says_who_is_free_and_who_waits(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    assert answer_on(client) == (
        "warn: ! Bereikbaar: 2 van 5 vrij 1 wacht al 0:38 · 1 in gesprek · 2 met pauze, bezet of weg"
        " · ziek: Bram Visser (vanaf 12.00) · open tot 17.00 Wie is er? → #people"
    )
    with office.sessions.begin() as session:
        until = NOW + timedelta(hours=1)
        session.execute(update(ConsultantState).where(ConsultantState.code == "DIR").values(presence="away"))
        session.add(ConsultantState(code="BRA", presence="busy", presence_until=until))
    assert answer_on(client).startswith("warn: ! Alleen de achterwacht is vrij: 1 van 5")
    with office.sessions.begin() as session:
        session.add(ConsultantState(code="FLO", presence="away", presence_until=NOW + timedelta(hours=1)))
    assert answer_on(client).startswith("bad: ✕ Niemand oproepbaar, 1 wacht al 0:38 ")
    nobody_rings(office)
    with office.sessions.begin() as session:
        session.execute(delete(ConsultantState))
    assert answer_on(client).startswith("good: ✓ Bereikbaar: 5 van 5 vrij niemand wacht")
    with office.sessions.begin() as session:
        until = NOW + timedelta(minutes=5)
        session.add_all(
            ConsultantState(code=code, reserved_until=until) for code in ("AIS", "BRA", "CEM", "DIR", "FLO")
        )
    assert answer_on(client).startswith("warn: ! Iedereen is in gesprek niemand wacht")


def test_a_gap_is_answered_with_the_rota_of_today(log_in: LogIn, office: Office) -> None:
    nobody_rings(office)
    load(office, exceptions="4;leave;FLO;08-06-2027;08-06-2027;;;\n")
    move_to(office, NOW + timedelta(hours=2, minutes=10))
    assert answer_on(log_in(LEAD)).startswith("bad: ✕ Niemand in dienst niemand wacht")
    assert answer_on(log_in(LEAD)).endswith("Rooster van vandaag → /rooster/dag/2027-06-08")


def test_closed_it_says_the_day_and_what_the_next_one_brings(log_in: LogIn, office: Office) -> None:
    nobody_rings(office)
    load(office, exceptions="4;sick;CEM;09-06-2027;09-06-2027;;;\n5;leave;BRA;09-06-2027 15:00;09-06-2027 15:30;;;\n")
    move_to(office, NOW + timedelta(hours=8))
    assert answer_on(log_in(LEAD)) == (
        "closed: ○ Gesloten tot morgen 8.30. Vandaag bereikten 9 van 15 bellers een mens (60%). Dan beginnen 2 mensen;"
        " ziek: Cem Özdemir; 15.00–15.30 niemand. Rooster van morgen → /rooster/dag/2027-06-09"
    )
    move_to(office, datetime(2027, 6, 12, 10, 0, tzinfo=UTC))
    assert answer_on(log_in(LEAD)).startswith("closed: ○ Gesloten tot ma 14 juni 8.30. Dan beginnen 4 mensen. ")
    # Easter Monday.
    move_to(office, datetime(2028, 4, 17, 10, 0, tzinfo=UTC))
    assert answer_on(log_in(LEAD)).startswith(
        "closed: ○ Gesloten tot morgen 8.30. Tweede Paasdag. Dan beginnen 5 mensen."
    )


def test_a_rota_without_anybody_at_the_opening_is_no_ordinary_morning(log_in: LogIn, office: Office) -> None:
    nobody_rings(office)
    absent = "".join(
        f"{index};leave;{code};14-06-2027;14-06-2027;;;\n" for index, code in enumerate(("AIS", "BRA", "CEM", "EVA"), 4)
    )
    load(office, exceptions=absent)
    move_to(office, MONDAY)
    said = answer_on(log_in(LEAD))
    assert said.startswith("bad: ✕ Gesloten tot 8.30. Dan begint er niemand; 8.30–17.00 niemand.")
    assert said.endswith("/rooster/dag/2027-06-14")


def test_without_a_rota_it_says_what_to_do(log_in: LogIn, office: Office) -> None:
    with office.sessions.begin() as session:
        session.execute(update(Call).values(rota_version_id=None))
        session.execute(delete(RotaVersion))
    assert answer_on(log_in(LEAD)) == (
        "bad: ✕ Nog geen rooster: niemand kan worden gebeld Laad een rooster → /rooster/versies"
    )


@pytest.mark.browser
def test_a_lead_reads_the_morning_at_8_25_on_one_screen(browser: "Browser", address: str, office: Office) -> None:
    nobody_rings(office)
    load(office, exceptions="4;sick;BRA;14-06-2027;14-06-2027;;;\n5;leave;EVA;14-06-2027;14-06-2027;;;\n")
    move_to(office, MONDAY)
    with office.sessions.begin() as session:
        for minutes, owner, name in (
            (20, "CEM", "obs De Wegwijzer"),
            (65, None, "Insula College"),
            (66, "AIS", "te laat"),
        ):
            due = MONDAY - NOW + timedelta(minutes=minutes)
            session.add(a_callback(NOW, due, owner, None, number=f"+3161234560{minutes}", caller_name=name))
    with a_page(browser) as page:
        log_in_to(page, address, LEAD)
        assert page.inner_text(".band .headline").removeprefix("○ ") == (
            "Gesloten tot 8.30. Dan beginnen 2 mensen; ziek: Bram Visser; 12.00–12.30 niemand; 2 beloften vóór 9.30."
        )
        for text in (
            ".band .facts >> text=Aïsha Siddiqi, Cem Özdemir",
            "text=12.00–12.30: niemand ingepland. Vraag Aïsha Siddiqi (werkt tot 12.00) of Cem Özdemir",
            "text=8.45 uur obs De Wegwijzer",
            "text=9.30 uur Insula College",
            "tr:has-text('Bram Visser') >> text=! ziek",
        ):
            found = page.locator(text).bounding_box()
            assert found is not None, text
            assert found["y"] + found["height"] <= 800, text
        assert page.locator("text=9.31 uur").count() == 0
        page.set_viewport_size({"width": 360, "height": 740})
        helps = page.locator("#help").bounding_box()
        assert helps is not None
        assert helps["y"] + helps["height"] <= 740 * 1.5
        page.click(".band .deed")
        page.wait_for_selector("h1:has-text('Rooster van ma 14 juni')")
