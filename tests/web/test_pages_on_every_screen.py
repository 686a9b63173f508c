"""Each page on every screen, in both languages and schemes: axe, its width, the ring of the focus, its controls.

Each page is opened once in each language, one of them light and the other dark; axe reads it at two of the five widths,
and at the others what a width can change. `make soak` tries each page in every combination.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import pytest
from flask import Flask

from tests.support.screens import (
    WIDTHS,
    at_width,
    axe_faults,
    focus_faults,
    open_details,
    target_faults,
    wider_than_the_window,
)
from tests.support.soak import at_length
from tests.web.seed import LEAD, Seeded
from tests.web.test_web_browser import PAGES, a_page, log_in, speak

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.soak]

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")
# How far the header's first and last words lie from the edges of the content.
_EDGES = """
() => {
  const box = (name) => document.querySelector(name).getBoundingClientRect();
  const [first, last] = [box(".top .office"), box(".top .person > form:last-child")];
  return [first.left - box("main .heading").left, last.right - box("main .heading").right];
}
"""


@contextmanager
def _pages(browser: "Browser", address: str, seeded: Seeded, locale: str) -> Iterator["Iterator[tuple[Page, str]]"]:
    """Every page of PAGES in this language, with who may see it logged in."""

    def every() -> Iterator["tuple[Page, str]"]:
        for email, paths in PAGES.items():
            with a_page(browser) as page:
                if email is None:
                    speak(page, address, locale)
                else:
                    log_in(page, address, email, locale)
                for path in (*paths, "/stijl") if email is None else paths:
                    yield page, address + path.format(**vars(seeded))

    yield every()


def _faults(page: "Page", width: int, scheme: Scheme) -> list[str]:
    """What is wrong with the open page on this screen."""
    # Without motion, so that no colour is read half-way from one scheme to the other.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    open_details(page)
    found = wider_than_the_window(page) + axe_faults(page) + target_faults(page) + focus_faults(page)
    return [f"{width} {scheme}: {fault}" for fault in found]


@pytest.mark.parametrize(("locale", "turn"), [("nl", 0), ("en", 1)])
def test_every_page_can_be_read_and_used_on_every_screen(
    browser: "Browser", address: str, app: Flask, seeded: Seeded, locale: str, turn: int
) -> None:
    # The style page is there in a demo only.
    app.config["DEMO_LOGINS"] = ()
    wrong: dict[str, list[str]] = {}
    with _pages(browser, address, seeded, locale) as pages:
        for number, (page, path) in enumerate(pages):
            page.goto(path)
            assert page.evaluate("document.documentElement.lang") == locale
            if at_length(quick=0, soak=1):
                found = [fault for scheme in SCHEMES for width in WIDTHS for fault in _faults(page, width, scheme)]
            else:
                # The other language takes the other scheme and another width.
                width = WIDTHS[(number + 2 * turn) % len(WIDTHS)]
                found = _faults(page, width, SCHEMES[(number + turn) % 2])
                found += [fault for other in WIDTHS if other != width for fault in at_width(page, other)]
            # The wall has no controls: nobody stands at its keyboard.
            on_wall = path.removeprefix(address) in ("/wand", "/wand/nothing")
            found = [one for one in found if not on_wall or "nothing can be focused" not in one]
            if found:
                wrong[path.removeprefix(address)] = found
    assert wrong == {}


def test_what_a_visitor_set_in_the_browser_or_system_holds(browser: "Browser", address: str) -> None:
    with a_page(browser) as page:
        log_in(page, address, LEAD)
        page.goto(f"{address}/cijfers")
        for width in (768, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(_EDGES) == pytest.approx([0, 0], abs=1), width
        letters = "getComputedStyle(document.querySelector('svg text')).fontSize"
        usual = page.evaluate(letters)
        page.evaluate("document.documentElement.style.fontSize = '32px'")
        assert float(page.evaluate(letters)[:-2]) == pytest.approx(2 * float(usual[:-2]))
        page.goto(f"{address}/terugbellen")
        longest = "one => parseFloat(getComputedStyle(one).transitionDuration)"
        assert page.eval_on_selector("main .btn", longest) > 0.1
        page.emulate_media(reduced_motion="reduce")
        assert page.eval_on_selector("main .btn", longest) < 0.001
        page.emulate_media(forced_colors="active")
        back = "one => getComputedStyle(one).backgroundColor"
        chosen = page.eval_on_selector(".chips a[aria-current]", back)
        assert chosen != page.eval_on_selector(".chips a:not([aria-current])", back)
