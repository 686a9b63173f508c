"""The header of every page: the line, whether it is open, and the visitor."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import g
from sqlalchemy import select

from callcenter.lines.records import Line
from callcenter.rota.hours import closes_at, next_opening
from callcenter.web.active_rota import name_of, rota
from callcenter.web.page import now, read, visitor


@dataclass(frozen=True, slots=True)
class Header:
    """open_until: set while the line is open; opens_at: set while it is closed and will open (both UTC)."""

    office: str
    numbers: tuple[str, ...]
    has_rota: bool
    open_until: datetime | None
    opens_at: datetime | None
    person: str


def header() -> Header:
    """The header of this request, read once, by one SQL statement besides the rota's."""
    if "page_header" not in g:
        g.page_header = _header()
    return cast(Header, g.page_header)


def _header() -> Header:
    lines = read().execute(select(Line.name, Line.number).where(Line.ended_at.is_(None)).order_by(Line.id)).all()
    active = rota()
    until = closes_at(active, now()) if active else None
    opens = next_opening(active, now()) if active and until is None else None
    who = visitor()
    return Header(
        office=lines[0].name if lines else "callcenter",
        numbers=tuple(line.number for line in lines),
        has_rota=active is not None,
        open_until=until,
        opens_at=opens,
        person=name_of(who.consultant) if who.consultant else who.email.partition("@")[0],
    )
