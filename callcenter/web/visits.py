"""The visits to the provider that this browser has begun, kept in its signed cookie until it comes back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import session as cookie

from callcenter.access.office_account.visit import Started

_KEY = "office_account"
# Somebody who must first find a telephone or change a password needs some minutes.
LASTS = timedelta(minutes=15)
# Of tabs that were opened at once. The cookie has room for a few.
_MOST = 3


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that ends here. target: the page that follows, as the link to the log-in page named it."""

    nonce: str
    verifier: str
    target: str


def remember(started: Started, target: str, now: datetime) -> None:
    """Keep a visit in the cookie of this response, so that only this browser can end it."""
    visits = dict(cookie.get(_KEY, {}))
    visits[started.state] = [started.nonce, started.verifier, target, int(now.timestamp())]
    newest = sorted(visits, key=lambda state: int(visits[state][3]))[-_MOST:]
    cookie[_KEY] = {state: visits[state] for state in newest}


def take(state: str, now: datetime) -> Visit | None:
    """The visit with this state, or None when this browser has not begun it, or too long ago. It is forgotten."""
    visits = dict(cookie.get(_KEY, {}))
    found = visits.pop(state, None)
    if found is None:
        return None
    cookie[_KEY] = visits
    nonce, verifier, target, at = found
    if not 0 <= int(now.timestamp()) - at <= LASTS.total_seconds():
        return None
    return Visit(nonce, verifier, target)
