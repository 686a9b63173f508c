"""Open pages in a real browser: what changes, changes in place, and a page that lost its server says so."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy import delete, update
from werkzeug.serving import make_server

from callcenter.access.records import LoginSession
from callcenter.access.wall_links import all_links, create_link, revoke_link
from callcenter.callbacks.records import Callback
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from tests.web.seed import CONSULTANT, LEAD, NOW, Seeded, a_call
from tests.web.test_web_browser import a_page, log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


class Door:
    """A server that can be stopped and started again at the same address."""

    def __init__(self, app: Flask) -> None:
        self._app, self._port = app, 0
        self.open()

    def open(self) -> None:
        """Serve."""
        self._server = make_server("127.0.0.1", self._port, self._app, threaded=True)
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def shut(self) -> None:
        """Stop, and refuse connections from now on."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self._port}"


@pytest.fixture
def door(app: Flask) -> Iterator[Door]:
    found = Door(app)
    yield found
    found.shut()


def _until(page: "Page", selector: str) -> Callable[[str], None]:
    """Waits until an element has these words; a page asks every three seconds."""
    return lambda words: page.locator(selector, has_text=words).first.wait_for(state="visible", timeout=60_000)


def test_what_changes_changes_in_place_and_nothing_is_taken_from_who_works(
    browser: "Browser", address: str, office: Office, seeded: Seeded
) -> None:
    with a_page(browser, 360) as page:
        log_in(page, address, CONSULTANT)
        page.click("#other-time summary")
        page.select_option("[name=minutes]", "30")
        page.focus("#presence button[value='break:15']")
        with office.sessions.begin() as session:
            away = {"presence": "busy", "presence_at": NOW, "presence_until": NOW + timedelta(minutes=39)}
            session.execute(update(ConsultantState).where(ConsultantState.code == "CEM").values(**away))
        _until(page, "#presence .state")("tot 10.39")
        assert page.input_value("[name=minutes]") == "30"
        assert page.evaluate("document.activeElement.value") == "break:15"

        page.goto(f"{address}/mijn/terugbellen/{seeded.heard}")
        page.click("#appointment summary")
        note = page.locator("textarea[name=note]")
        note.fill("Mevrouw De Wit belt")
        note.evaluate("one => one.setSelectionRange(3, 9)")
        tag = page.get_attribute("textarea[name=note] >> xpath=.. >> [name=note_seen]", "value")
        with office.sessions.begin() as session:
            changed = {"priority": 2, "note": "Van een collega"}
            session.execute(update(Callback).where(Callback.id == seeded.heard).values(**changed))
        _until(page, "#task")("3× gebeld")
        assert note.input_value() == "Mevrouw De Wit belt"
        assert note.evaluate("one => [document.activeElement === one, one.selectionStart, one.selectionEnd]") == [
            True,
            3,
            9,
        ]
        # The colleague's note is not overwritten without a word: the form still says which one was seen.
        assert page.get_attribute("textarea[name=note] >> xpath=.. >> [name=note_seen]", "value") == tag
        assert page.locator("#appointment").get_attribute("open") is not None
        with office.sessions.begin() as session:
            session.execute(update(Callback).where(Callback.id == seeded.heard).values(owner="AIS", owner_since=NOW))
        _until(page, "#lost")("Deze pagina is er niet meer")
        assert note.input_value() == "Mevrouw De Wit belt"


def test_the_board_tells_what_matters_and_says_when_it_lost_its_server_or_its_log_in(
    browser: "Browser", door: Door, office: Office
) -> None:
    with a_page(browser) as page:
        page.clock.install()
        log_in(page, door.address, LEAD)
        with office.sessions.begin() as session:
            session.add(a_call(99, NOW, None))
        page.clock.run_for(5000)
        _until(page, "#said")("Er wacht een nieuwe beller. Nu wachten er 2.")
        assert page.title() == "(2) wachten – Bord – callcenter"
        assert isinstance(office.clock, VirtualClock)
        office.clock.move_to(NOW + timedelta(hours=7))
        page.clock.run_for(5000)
        _until(page, "#where")("Gesloten, weer open")
        assert page.inner_text("#said").startswith("Gesloten, weer open")

        door.shut()
        page.clock.run_for(15_000)
        _until(page, "#lost")("Geen verbinding")
        assert "geleden" in page.inner_text("#lost")
        assert page.inner_text("#said") == "Geen verbinding"
        page.clock.run_for(600_000)
        _until(page, "#lost")("10 min geleden")
        door.open()
        page.clock.run_for(5000)
        page.wait_for_selector("#lost", state="hidden")
        assert page.inner_text("#said") == "Weer verbonden"

        with office.sessions.begin() as session:
            session.execute(delete(LoginSession))
        page.clock.run_for(5000)
        _until(page, "#lost")("Je bent uitgelogd")
        assert page.is_visible("#lost a")


def test_the_wall_says_when_it_has_no_server_and_when_its_link_was_revoked(
    browser: "Browser", door: Door, office: Office
) -> None:
    with office.sessions.begin() as session:
        _, secret = create_link(session, NOW, "Hal", LEAD)
    with a_page(browser) as page:
        page.clock.install()
        page.goto(f"{door.address}/wand/{secret}")
        assert page.inner_text("h1") == "Open"
        assert page.is_visible(".wall.warn")
        assert page.inner_text(".late") == "✕ 1 belofte te laat"
        for width, height in ((3840, 2160), (1280, 720), (1080, 1920)):
            page.set_viewport_size({"width": width, "height": height})
            lowest = page.evaluate("document.querySelector('.seen').getBoundingClientRect().bottom")
            assert lowest <= height
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        door.shut()
        page.clock.run_for(15_000)
        _until(page, "#lost")("Geen verbinding")
        covers = "document.elementFromPoint(innerWidth / 2, innerHeight / 2).closest('#lost') !== null"
        assert page.evaluate(covers)
        door.open()
        page.clock.run_for(5000)
        page.wait_for_selector("#lost", state="hidden")
        with office.sessions.begin() as session:
            revoke_link(session, NOW, all_links(session)[0].id)
        page.clock.run_for(5000)
        _until(page, "#lost")("Deze link geldt niet meer")
