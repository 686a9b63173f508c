"""In a real browser each figure leads to a list that shows as many rows as the figure says."""

from typing import TYPE_CHECKING

import pytest

from tests.web.seed import LEAD
from tests.web.test_web_browser import a_page, log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

FIGURES = """() => Object.fromEntries([...document.querySelectorAll("a[data-count]")].map(
    link => [link.href, Number(link.dataset.count)]))"""
ROWS = """() => [...document.querySelectorAll("main tbody th[scope=row]")].filter(
    cell => cell.getClientRects().length).length"""
# The link to the older rows stands below the table, and ends in an arrow.
OLDER = """() => [...document.querySelectorAll("main p a[href*='cursor=']")].find(
    link => link.textContent.trim().endsWith("→"))?.href ?? null"""


def rows_shown(page: "Page", address: str) -> int:
    """How many rows a person sees on all pages of a list."""
    page.goto(address, wait_until="domcontentloaded")
    rows = int(page.evaluate(ROWS))
    older = page.evaluate(OLDER)
    return rows + (rows_shown(page, older) if older else 0)


def test_every_figure_shows_as_many_rows_as_it_says(browser: "Browser", address: str) -> None:
    with a_page(browser) as page:
        log_in(page, address, LEAD)
        found: dict[str, int] = {}
        for path in ("/", "/cijfers?period=week", "/scholen/05WE00", "/rapport/2027-05"):
            page.goto(address + path, wait_until="domcontentloaded")
            found |= page.evaluate(FIGURES)
        rows = {one: rows_shown(page, one) for one in found}
        assert rows == found
        assert len(found) > 50
