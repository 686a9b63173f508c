"""The difference between two rotas as text: changed duty by person and day, not changed lines of files."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from callcenter.rota.minutes import (
    Spans,
    as_utc,
    common,
    instant_of,
    local_date,
    midnight,
    minute_after,
    minute_of,
    without,
)
from callcenter.rota.model import Role, Rota
from callcenter.rota.shifts import planned

_DAYS = {"nl": ("ma", "di", "wo", "do", "vr", "za", "zo"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = {
    "nl": ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_BACKUP = {"nl": " (achterwacht)", "en": " (backup)"}


def day_name(day: date, language: str = "nl") -> str:
    """`wo 3 mrt` or `Wed 3 Mar`."""
    return f"{_DAYS[language][day.weekday()]} {day.day} {_MONTHS[language][day.month - 1]}"


def diff(old: Rota, new: Rota, start: datetime, end: datetime, language: str = "nl") -> list[str]:
    """Lines such as `AIS: wo 3 mrt +13:00–17:00`, by person and time, for duty between two aware instants."""
    first, last = minute_of(as_utc(start)), minute_after(as_utc(end))
    before, after = planned(old, first, last), planned(new, first, last)
    found: list[tuple[str, int, str]] = []
    for key in before.keys() | after.keys():
        for sign, spans in (
            ("−", without(before.get(key, []), after.get(key, []))),
            ("+", without(after.get(key, []), before.get(key, []))),
        ):
            found += [(key[0], at, text) for at, text in _lines(new, key, sign, spans, language)]
    return [text for _, _, text in sorted(found)]


def _lines(rota: Rota, key: tuple[str, Role], sign: str, spans: Spans, language: str) -> Iterator[tuple[int, str]]:
    code, role = key
    for day, start, end in by_day(rota, spans):
        until = "24:00" if end == midnight(rota.zone, day + timedelta(days=1)) else _clock(rota, end)
        backup = _BACKUP[language] if role == "backup" else ""
        yield start, f"{code}: {day_name(day, language)} {sign}{_clock(rota, start)}–{until}{backup}"


def _clock(rota: Rota, minute: int) -> str:
    return f"{instant_of(minute).astimezone(rota.zone):%H:%M}"


def by_day(rota: Rota, spans: Spans) -> Iterator[tuple[date, int, int]]:
    """The spans cut at local midnights, each with its local date."""
    for start, end in spans:
        day = local_date(rota.zone, start)
        while day <= local_date(rota.zone, end - 1):
            bounds = (midnight(rota.zone, day), midnight(rota.zone, day + timedelta(days=1)))
            for first, last in common([(start, end)], [bounds]):
                yield day, first, last
            day += timedelta(days=1)
