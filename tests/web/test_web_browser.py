"""The pages in a real browser: what the live board and a consultant's telephone do, and the list of all pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from callcenter.callbacks import attempt_events, one_press
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.rota import versions
from tests.web.seed import ADMIN, CONSULTANT, LEAD, PASSWORD, Seeded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# By who is logged in; None: nobody.
PAGES = {
    None: ("/inloggen", "/vraag/{asked}", "/vraag/nothing", "/wand/nothing"),
    LEAD: (
        "/",
        "/oproepen?counted=1&day=2027-06-01&last=2027-06-08&reached=no&weekday=1",
        "/oproepen/{missed}",
        "/oproepen/{live}",
        "/terugbellen",
        "/terugbellen?show=closed",
        "/terugbellen/samen?do=hand_over&id={plain}",
        "/terugbellen/beloften?day=2027-06-01&last=2027-06-08&kept=no",
        "/terugbellen/{heard}",
        "/aanwezigheid",
        "/rooster?who=EVA",
        "/rooster/dag/2027-06-08?hour=12",
        "/rooster/versies",
        "/rooster/versies/1",
        "/cijfers",
        "/cijfers?period=year",
        "/cijfers/uitleg",
        "/rapport",
        "/rapport/2027-05",
        "/rapport/2027-05/scholen/05WE00",
        "/scholen",
        "/zoeken?q=wegwijzer",
        "/scholen/05WE00",
        "/wand",
        "/wandschermen",
        "/nergens",
    ),
    CONSULTANT: (
        "/mijn",
        "/mijn/diensten",
        "/mijn/ik",
        "/mijn-login",
        "/tweede-factor",
        "/mijn/terugbellen/{heard}",
        "/mijn/terugbellen/{plain}?zoek=weg",
        "/rooster",
        "/zoeken?q=a",
        "/oproepen",
    ),
    ADMIN: (
        "/beheer",
        "/beheer/sleutels",
        "/beheer/lijnen",
        "/beheer/nummer?number=078+613+0001",
        "/beheer/geblokkeerd",
        "/beheer/teksten",
        "/beheer/logboek",
        "/rooster/versies",
    ),
}


@contextmanager
def a_page(browser: "Browser", width: int = 1280) -> Iterator["Page"]:
    """A window of this width, which must report no script error."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert faults == []


def speak(page: "Page", address: str, locale: str) -> None:
    """Open the log-in page in this language, which later pages keep."""
    page.goto(f"{address}/inloggen")
    if locale == "en":
        page.click("button[value=en]")


def log_in(page: "Page", address: str, email: str, locale: str = "nl") -> None:
    """Log in through the form, in this language."""
    speak(page, address, locale)
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("form.stack button")
    page.wait_for_url(lambda url: "inloggen" not in url)


def test_what_a_thumb_presses_is_large_enough(browser: "Browser", address: str) -> None:
    with a_page(browser, 360) as page:
        log_in(page, address, CONSULTANT)
        heights = page.eval_on_selector_all("main .btn", "all => all.map(one => one.getBoundingClientRect().height)")
        shown = [height for height in heights if height]
        assert len(shown) >= 6
        assert min(shown) >= 44


def test_the_board_refreshes_itself_and_says_how_old_it_is(browser: "Browser", address: str, office: Office) -> None:
    with a_page(browser) as page:
        log_in(page, address, LEAD)
        assert page.inner_text("#fresh").endswith("s geleden")
        with office.sessions.begin() as session:
            for callback in session.scalars(select(Callback).where(Callback.state == "open")):
                callback.state = "cancelled"
        page.wait_for_selector("text=Geen open terugbelverzoeken.")


def test_the_pages_work_without_scripts(browser: "Browser", address: str, seeded: Seeded) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{address}/mijn")
    page.fill("[name=email]", CONSULTANT)
    page.fill("[name=password]", PASSWORD)
    page.click("form.stack button")
    page.click("#presence button[value=available]")
    assert "Vrij ✓" in page.inner_text("#presence")
    page.click("text=Bel nu >> nth=0")
    assert "Je telefoon gaat zo" in page.inner_text("#tasks")
    context.close()


def test_from_the_text_message_to_gone_from_the_list(
    browser: "Browser", address: str, office: Office, seeded: Seeded
) -> None:
    with a_page(browser, 360) as page:
        page.goto(f"{address}/mijn/terugbellen/{seeded.heard}")
        page.fill("[name=email]", CONSULTANT)
        page.fill("[name=password]", PASSWORD)
        page.click("form.stack button")
        page.wait_for_selector("text=obs De Wegwijzer")
        with page.expect_response(lambda answer: "/berichten/" in answer.url):
            page.evaluate("document.querySelector('audio').load(); document.querySelector('audio').play()")
        page.click("text=Bel nu")
        page.wait_for_selector("text=Je telefoon gaat zo")
        _the_call_is_made(office, seeded.heard)
        page.reload()
        page.click("button[value=reached]")
        page.wait_for_selector("text=Genoteerd: gesproken.")
        page.wait_for_selector("text=Terugbellen (1)")
        assert "obs De Wegwijzer" not in page.inner_text("#tasks")
    with office.sessions() as session:
        assert session.get_one(Callback, seeded.heard).state == "reached"


def _the_call_is_made(office: Office, callback_id: int) -> None:
    """The consultant presses 1 and speaks with the caller for a short while, as Twilio would report it."""
    clock = office.clock
    assert isinstance(clock, VirtualClock)
    with office.sessions.begin() as session:
        found = versions.active(session)
        assert found is not None
        rota = found[1]
        attempt = session.scalars(select(CallbackAttempt.id).where(CallbackAttempt.callback_id == callback_id)).one()
        attempt_events.leg_created(session, attempt, "CA1", clock.now())
        one_press.screen(session, attempt, "CA1", clock.now())
        assert one_press.accept(session, rota, attempt, "CA1", clock.now()) is not None
        attempt_events.dial_ended(session, rota, attempt, "completed", 12.0, clock.now() + timedelta(seconds=20))
        attempt_events.consultant_event(session, rota, attempt, "CA1", "completed", clock.now() + timedelta(seconds=20))


def test_rows_of_figures_and_swatches_are_not_broken(browser: "Browser", address: str) -> None:
    with a_page(browser) as page:
        log_in(page, address, LEAD)
        display = "one => getComputedStyle(one).display"
        assert page.eval_on_selector("td.figure", display) == "table-cell"
        margin = "one => getComputedStyle(one).marginBottom"
        assert page.eval_on_selector(".swatch.message", margin) == "0px"
