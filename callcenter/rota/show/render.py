"""Formats answers of the rota: JSON values for the API, and tables for a terminal."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.rota.duty import gap_minutes, timeline
from callcenter.rota.hours import why_closed
from callcenter.rota.minutes import Span, Spans, common, instant_of, length, midnight, to_minute
from callcenter.rota.model import DutyInterval, Gaps, Interval, OnDuty, Rota
from callcenter.rota.shifts import Planned, planned
from callcenter.rota.show.diff import day_name

_HALF_HOUR = 30


def utc_text(t: datetime) -> str:
    """An instant as `2027-03-26T08:00:00Z`, without fractions of a second."""
    return f"{t.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def intervals_json(intervals: Iterable[Interval]) -> list[dict[str, str]]:
    """`[{"start","end"}]`."""
    return [{"start": utc_text(i.start), "end": utc_text(i.end)} for i in intervals]


def timeline_json(duties: Iterable[DutyInterval]) -> list[dict[str, str]]:
    """`[{"consultant","role","start","end"}]`."""
    return [
        {"consultant": d.consultant, "role": d.role, "start": utc_text(d.start), "end": utc_text(d.end)} for d in duties
    ]


def gaps_json(found: Gaps) -> dict[str, Any]:
    """`{"gaps":[…],"coverage":0..1 or null}`."""
    return {"gaps": intervals_json(found.gaps), "coverage": found.coverage}


def show_json(at: datetime, is_open: bool, on_duty: Iterable[OnDuty]) -> dict[str, Any]:
    """`{"at","open","on_duty":[{"consultant","role","until"}]}`."""
    people = [{"consultant": p.consultant, "role": p.role, "until": utc_text(p.until)} for p in on_duty]
    return {"at": utc_text(at), "open": is_open, "on_duty": people}


def week_json(rota: Rota, monday: date) -> dict[str, Any]:
    """A week's duty, opening and gaps."""
    start, end = week_minutes(rota, monday)
    a, b = instant_of(start), instant_of(end)
    opening, gaps = gap_minutes(rota, start, end)
    year, week, _ = monday.isocalendar()
    return {
        "week": f"{year}-W{week:02d}",
        "open": [{"start": utc_text(instant_of(s)), "end": utc_text(instant_of(e))} for s, e in opening],
        "timeline": timeline_json(timeline(rota, a, b)),
        "gaps": [{"start": utc_text(instant_of(s)), "end": utc_text(instant_of(e))} for s, e in gaps],
    }


def moment_text(t: datetime, zone: ZoneInfo, language: str) -> str:
    """`wo 3 mrt 2027 09:00` in local time."""
    local = t.astimezone(zone)
    return f"{day_name(local.date(), language)} {local.year} {local:%H:%M}"


def span_text(start: datetime, end: datetime, zone: ZoneInfo, language: str) -> str:
    """`wo 3 mrt 2027 09:00–17:00`, with the second date when it is another day."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.date() == last.date():
        return f"{moment_text(start, zone, language)}–{last:%H:%M}"
    return f"{moment_text(start, zone, language)} – {moment_text(end, zone, language)}"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns lined up with two spaces between them."""
    if not rows:
        return []
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


_WORDS = {
    "nl": {"gap": "← gat", "closed": "dicht", "line": "lijn", "backup": "achterwacht"},
    "en": {"gap": "← gap", "closed": "closed", "line": "line", "backup": "backup"},
}


def word(name: str, language: str) -> str:
    """A fixed word of the tables: `line`, `backup`, `gap`, `closed`."""
    return _WORDS[language][name]


def week_minutes(rota: Rota, monday: date) -> Span:
    """The UTC minutes of the local week that starts on a Monday."""
    return midnight(rota.zone, monday), midnight(rota.zone, monday + timedelta(days=7))


def week_table(rota: Rota, monday: date, language: str) -> list[str]:
    """Half-hours by people for each day of a week: `#` on duty, `+` for a part of it, `B` backup. Gaps are marked."""
    start, end = week_minutes(rota, monday)
    duties = planned(rota, start, end)
    people = sorted({code for code, _ in duties})
    opening, gaps = gap_minutes(rota, start, end)
    lines: list[str] = []
    for offset in range(7):
        day = monday + timedelta(days=offset)
        bounds = (midnight(rota.zone, day), midnight(rota.zone, day + timedelta(days=1)))
        lines += _day_table(rota, day, common(opening, [bounds]), gaps, duties, people, language)
    return lines


def _day_table(
    rota: Rota, day: date, opening: Spans, gaps: Spans, duties: Planned, people: Sequence[str], language: str
) -> list[str]:
    title = f"{day_name(day, language)} {day.year}"
    if not opening:
        dutch, english, _ = why_closed(rota.policy, day)
        return [f"{title}: {word('closed', language)} ({dutch if language == 'nl' else english})", ""]
    rows: list[list[str]] = [[title, *people, ""]]
    for minute in range(0, 1440, _HALF_HOUR):
        cell = (
            to_minute(rota.zone, day, minute, end=False),
            to_minute(rota.zone, day, minute + _HALF_HOUR, end=True),
        )
        if not common(opening, [cell]):
            continue
        mark = word("gap", language) if common(gaps, [cell]) else ""
        rows.append([f"{minute // 60:02d}:{minute % 60:02d}", *(_mark(duties, code, cell) for code in people), mark])
    return [*table(rows), ""]


def _mark(duties: Planned, code: str, cell: Span) -> str:
    on_line = length(common(duties.get((code, "line"), ()), [cell]))
    if on_line:
        return "#" if on_line >= cell[1] - cell[0] else "+"
    return "B" if common(duties.get((code, "backup"), ()), [cell]) else "·"
