"""A real Chromium for tests of pages, one for all tests of this process."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.missing import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_CHROMIUM = "/usr/bin/chromium"
# --no-sandbox and --disable-gpu: needed without a display or user namespaces. The others prevent network requests.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What it asks for where a test names no locale: Dutch, as in the office.
    "--accept-lang=nl-NL",
]


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium; a test opens its own context (`browser.new_context(viewport=…, locale=…)`) and closes it."""
    if not os.path.exists(_CHROMIUM):
        missing("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield chromium
        chromium.close()
