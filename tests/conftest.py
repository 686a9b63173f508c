"""Fixtures for every test: a virtual clock, fresh databases, a browser and a town."""

from datetime import UTC, datetime

import pytest
from hypothesis import settings

from callcenter.clock import VirtualClock
from tests.support.missing import in_ci
from tests.support.routes_once import compile_routes_once

pytest_plugins = ["tests.support.databases", "tests.support.browser", "tests.support.town"]

compile_routes_once()

# No deadlines: a slow machine is no failure. CI runs the same examples every time, so only a change can fail a build.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if in_ci() else "desk")


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at Tuesday 8 June 2027, 10.00 in Amsterdam, until the test moves it."""
    return VirtualClock(datetime(2027, 6, 8, 8, 0, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    # A developer's own settings must never reach a test, least of all a real Twilio account.
    import os

    for name in list(os.environ):
        if name.startswith(("CALLCENTER_", "TWILIO_")) and name != "CALLCENTER_SOAK":
            monkeypatch.delenv(name)
