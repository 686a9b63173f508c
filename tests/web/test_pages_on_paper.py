"""What Chromium prints on A4: what a page is about, as tables, without menus and forms."""

import io
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from callcenter.office import Office
from tests.web.seed import CONSULTANT, LEAD, NOW, Seeded, a_call
from tests.web.test_web_browser import a_page, log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# Words of the menu, of forms and of their buttons.
NEVER = ("Uitloggen", "Scholen", "Wand", "Toon", "Met de aangevinkte", "Overdragen", "Downloaden", "s geleden")


def _printed(page: "Page", address: str, path: str) -> list[str]:
    """The text of each sheet."""
    page.goto(address + path)
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, format="A4"))).pages
    return [" ".join(sheet.extract_text().split()) for sheet in sheets]


def test_lists_print_their_rows_as_tables_and_nothing_else(
    browser: "Browser", address: str, office: Office, seeded: Seeded
) -> None:
    with office.sessions.begin() as session:
        for number in range(50):
            session.add(a_call(30000 + number, NOW.replace(hour=6, minute=number), "answered", None))
    with a_page(browser) as page:
        log_in(page, address, LEAD)
        callbacks = _printed(page, address, "/terugbellen")
        calls = _printed(page, address, "/oproepen?day=2027-06-08")
        rota = _printed(page, address, "/rooster")
        call = _printed(page, address, f"/oproepen/{seeded.missed}")
        board = _printed(page, address, "/")
        # Also from a dark screen: dark letters on white.
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert [len(one) for one in (callbacks, rota)] == [1, 1]
    for name in ("Insula College", "obs De Wegwijzer", "cbs De Verrekijker", "06 12345678"):
        assert name in callbacks[0]
    # The heads of the columns, once, and not before each cell as on a telephone.
    assert "Bellen vóór Beller Reden Van Staat" in callbacks[0]
    assert "Aangenomen door Wachttijd Gesprek" in calls[0]
    # Nearly seventy calls: the list of a telephone would need twice as many.
    assert len(calls) <= 4
    assert "Dirkje van der Meulen" in rota[0]
    assert "Wat er gebeurde" in call[0]
    assert "In dienst" in board[0]
    for sheet in (*callbacks, *calls, *rota, *call, *board):
        assert [word for word in NEVER if word in sheet] == []


def test_a_consultant_prints_the_own_callbacks(browser: "Browser", address: str) -> None:
    with a_page(browser, 360) as page:
        log_in(page, address, CONSULTANT)
        (sheet,) = _printed(page, address, "/mijn")
    assert "obs De Wegwijzer, Dordrecht" in sheet
    assert "in dienst tot 12.00" in sheet
    assert [word for word in (*NEVER, "Bel nu", "Beschikbaar") if word in sheet] == []
