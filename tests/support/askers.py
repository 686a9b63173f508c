"""Whoever asks to log in, as the log-in page describes them."""

from callcenter.access.logins import Asker
from callcenter.access.sources import source_key

KEY = "a-key-for-tests-only-0123456789"


def an_asker(address: str = "192.0.2.7", browser: str | None = None) -> Asker:
    """Somebody at this address, in a browser with this secret."""
    return Asker(source_key(KEY, address), KEY, browser)
