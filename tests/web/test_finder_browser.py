"""A lead finds a school and a colleague by the keyboard alone, and the window tells a screen reader what it does."""

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.web.seed import LEAD
from tests.web.test_web_browser import a_page, log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_a_lead_finds_by_the_keyboard_alone(browser: "Browser", address: str) -> None:
    with a_page(browser) as page:
        log_in(page, address, LEAD)
        page.goto(f"{address}/oproepen")
        page.focus("[name=number]")
        page.keyboard.type("078")
        page.keyboard.press("Control+k")
        page.wait_for_selector("#finder [role=option]")
        assert page.get_attribute("#finder input[name=q]", "aria-activedescendant") is None
        page.keyboard.type("wegwijzer")
        page.wait_for_selector("#finder [role=option][aria-selected=true] >> text=obs De Wegwijzer")
        assert page.get_attribute("#finder input[name=q]", "aria-expanded") == "true"
        assert page.inner_text("#finder [role=status]").endswith("gevonden")
        assert [one["id"] for one in Axe().run(page).response["violations"]] == []
        # Escape gives the focus back, and the field keeps what was typed.
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.name") == "number"
        assert page.input_value("[name=number]") == "078"
        page.keyboard.press("Control+k")
        page.wait_for_selector("#finder [role=option][aria-selected=true]")
        chosen = (
            "document.getElementById(document.querySelector('#finder input').getAttribute('aria-activedescendant'))"
        )
        first = page.evaluate(f"{chosen}.textContent")
        page.keyboard.press("ArrowDown")
        assert page.evaluate(f"{chosen}.textContent") != first
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        assert page.evaluate(f"{chosen} === [...document.querySelectorAll('#finder [role=option]')].at(-1)")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/scholen/05WE00")
        # Enter before the list is there leads to the page, which shows the same.
        page.keyboard.press("Control+k")
        page.keyboard.insert_text("aisha")
        page.keyboard.press("Enter")
        page.wait_for_url("**/zoeken?q=aisha")
        assert "Aïsha Siddiqi" in page.inner_text("main")


def test_the_sign_opens_it_and_without_scripts_leads_to_its_page(browser: "Browser", address: str) -> None:
    with a_page(browser, 320) as page:
        log_in(page, address, LEAD)
        page.click("[data-finder]")
        page.fill("#finder input[name=q]", "xyzzy")
        page.wait_for_selector("#finder [role=status]:has-text('Niets gevonden')")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        box = page.eval_on_selector("[data-finder]", "one => one.getBoundingClientRect().toJSON()")
        assert box["right"] <= 320
        assert min(box["width"], box["height"]) >= 44
        page.click("#finder [data-close]")
        assert page.evaluate("document.activeElement.dataset.finder") == "finder"
        # On a telephone the list comes first, and the link shows its filters.
        page.goto(f"{address}/oproepen")
        assert not page.is_visible("#filters")
        page.click("a[href='#filters']")
        assert page.is_visible("#filters [name=hour]")
        state = page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    bare = context.new_page()
    bare.goto(f"{address}/rooster")
    bare.click("[data-finder]")
    bare.fill("main [name=q]", "insula")
    bare.press("main [name=q]", "Enter")
    bare.click("main >> text=Insula College, locatie Halmaheiraplein >> nth=0")
    assert bare.url.endswith("/scholen/14IX00")
    context.close()
