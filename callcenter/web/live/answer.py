"""What a browser is told that asks whether its open page changed.

The page holds a stamp, and sends it in the header X-Live with the request for the same address. The answer is 204 while
nothing changed, the page when something did, and 401 instead of a redirect when nobody is logged in any more.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TypeVar, cast

from flask import Flask, Response, current_app, g, request

from callcenter.clock import processor_s, stopwatch
from callcenter.office import Office
from callcenter.web.live.glance import Glance
from callcenter.web.live.pace import Stamp, debt, may_be_rendered, minute_of, stamp_of
from callcenter.web.live.watch import Watch

Values = TypeVar("Values")
HEADER = "X-Live"
# In the header of a 204: whether the page is as it should be, or is rendered later.
SAME, LATER = "same", "later"
_EXTENSION = "callcenter_live"


class Live:
    """The watch of this process, what it spent on open pages, and the mark of its own files."""

    def __init__(self, watch: Watch, build: str) -> None:
        self.watch, self.build = watch, build
        self._lock, self._debt_s, self._at = Lock(), 0.0, stopwatch()
        self.kept: dict[str, tuple[str, object]] = {}

    def owes(self, spent_s: float = 0.0) -> float:
        """The debt (`pace.debt`) now, after adding what was spent."""
        with self._lock:
            at = stopwatch()
            self._debt_s, self._at = debt(self._debt_s, at - self._at, spent_s), at
            return self._debt_s


def set_up(app: Flask, office: Office, static: Path) -> None:
    """Add the watch to the app. static: the folder of scripts and stylesheets."""
    files = sorted(one for one in static.rglob("*") if one.is_file())
    app.extensions[_EXTENSION] = Live(Watch(office.sessions, office.clock), build_of(files))


def build_of(files: Iterable[Path]) -> str:
    """A mark of these files. A page with another one was loaded before an upgrade."""
    mark = sha256()
    for file in files:
        mark.update(file.name.encode() + file.read_bytes())
    return mark.hexdigest()[:8]


def is_asked() -> bool:
    """Whether the request comes from a page that is open already."""
    return HEADER in request.headers


def begin() -> None:
    """Look at the office before the page reads anything, so that no change falls between both."""
    g.live_began = processor_s()
    g.live_glance = _live().watch.latest()


def unless_changed(now: datetime, viewer: str) -> Response | None:
    """The answer of an open page that need not be rendered; None when it is to be rendered.

    viewer: who sees the page, in which role and language; a page of another viewer is another one.
    """
    g.live_office = f"{seen().version} {minute_of(now)}"
    version = sha256(f"{g.live_office} {viewer} {_live().build}".encode()).hexdigest()[:16]
    g.live_stamp = Stamp(version, int(now.timestamp()))
    shown = stamp_of(request.headers.get(HEADER, ""))
    if shown is None:
        return None
    if shown.version == g.live_stamp.version:
        return Response(status=204, headers={HEADER: SAME})
    if may_be_rendered(g.live_stamp.at - shown.at, _live().owes()):
        return None
    return Response(status=204, headers={HEADER: LATER})


def count_cost() -> None:
    """Add the processor time that this answer took, when it was rendered for an open page."""
    if is_asked() and "live_stamp" in g:
        _live().owes(processor_s() - g.live_began)


def shared(name: str, read: Callable[[], Values]) -> Values:
    """What `read` returns. While nothing changes, all open pages share it; a page that is opened gets its own.

    name: of what is read, with all that it depends on besides the office, such as the language. The values must not
    need the request's database session any more.
    """
    if not is_asked():
        return read()
    kept = _live().kept.get(name)
    if kept is not None and kept[0] == g.live_office:
        return cast(Values, kept[1])
    values = read()
    _live().kept[name] = (g.live_office, values)
    return values


def seen() -> Glance:
    """The glance of this request. Only after `begin`."""
    found: Glance = g.live_glance
    return found


def stamp() -> str:
    """What the page that is being rendered says of itself; empty for a page that does not stay up to date."""
    return str(g.get("live_stamp", ""))


def stays_as_it_is() -> None:
    """The answer of this request is no page that stays up to date, such as one that says what went wrong."""
    g.pop("live_stamp", None)


def build() -> str:
    """The mark of this release's scripts and stylesheets."""
    return _live().build


def _live() -> Live:
    found: Live = current_app.extensions[_EXTENSION]
    return found
