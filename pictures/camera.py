"""How is a page photographed? By Chromium, at each width and in each scheme, into a small PNG."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from PIL import Image

from pictures.moments import TALLEST, Moment

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_CHROMIUM = "/usr/bin/chromium"
# The height of the window: of a notebook, and of a telephone.
_HEIGHTS = {1280: 800, 360: 740}
# Pages have few colours; letters need some shades between them.
_COLOURS = 96


class Camera:
    """Photographs pages of the app at this address, each visitor logged in once for each window."""

    def __init__(self, browser: "Browser", address: str, passwords: dict[str, str], into: Path) -> None:
        self._browser, self._address, self._passwords, self._into = browser, address, passwords, into
        self._windows: dict[tuple[str, int, str], Page] = {}

    def photograph(self, moment: Moment) -> None:
        """Store the moment's picture for each width and scheme."""
        for (width, scheme), name in moment.files().items():
            page = self._window(moment.who, width, scheme)
            page.goto(self._address + moment.path)
            if moment.first:
                page.locator(moment.first).first.click()
                page.wait_for_load_state()
            height = min(max(page.evaluate("document.documentElement.scrollHeight"), _HEIGHTS[width]), TALLEST)
            # The window grows, so that a bar at its bottom edge is not in the middle of the picture.
            page.set_viewport_size({"width": width, "height": height})
            shot = page.screenshot()
            page.set_viewport_size({"width": width, "height": _HEIGHTS[width]})
            (self._into / name).write_bytes(_small(shot))

    def _window(self, who: str, width: int, scheme: str) -> "Page":
        """A window of this width in which this visitor is logged in."""
        found = self._windows.get((who, width, scheme))
        if found:
            return found
        page = self._browser.new_page(
            viewport={"width": width, "height": _HEIGHTS[width]},
            color_scheme=cast(Literal["light", "dark"], scheme),
            locale="nl-NL",
            reduced_motion="reduce",
        )
        page.goto(f"{self._address}/inloggen")
        page.fill("main [name=email]:visible", who)
        page.fill("main [name=password]:visible", self._passwords[who])
        page.press("main [name=password]:visible", "Enter")
        page.wait_for_url(lambda url: "inloggen" not in url)
        self._windows[who, width, scheme] = page
        return page


@contextmanager
def camera(address: str, passwords: dict[str, str], into: Path) -> Iterator[Camera]:
    """A camera for the app at this address. passwords: by e-mail address; into: an existing folder."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # The language is that of date fields.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--lang=nl-NL"]
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=arguments)
        yield Camera(browser, address, passwords, into)
        browser.close()


def _small(shot: bytes) -> bytes:
    """The same picture as a PNG with a palette."""
    small = io.BytesIO()
    # The method that keeps rare colours too: a red sign on a white page is still red.
    palette = Image.Quantize.MAXCOVERAGE
    picture = Image.open(io.BytesIO(shot)).convert("RGB").quantize(_COLOURS, method=palette, dither=Image.Dither.NONE)
    picture.save(small, "PNG", optimize=True)
    return small.getvalue()
