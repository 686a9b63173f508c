"""What the day that counts brings: who begins, who is ill, and where the rota has gaps."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.rota.absences import absences
from callcenter.rota.duty import present, timeline
from callcenter.rota.hours import day_rules, why_closed, windows_of
from callcenter.rota.model import Rota
from callcenter.rota.shortages import Shortage, shortages
from callcenter.web import formats

# Promises up to this long after the opening belong to the questions of the morning.
MORNING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Ill:
    """A consultant who would be on duty. since: when the illness ends the duty of that day (UTC), None when there is
    no duty before it."""

    consultant: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A local day. opens_at: when the line opens next (UTC), None while it is open; beginning: the codes of those on
    duty for the line at that moment; ill, gaps: from now, or from that moment, until the local midnight."""

    day: date
    opens_at: datetime | None
    beginning: tuple[str, ...]
    ill: tuple[Ill, ...]
    gaps: tuple[Shortage, ...]

    @property
    def morning_ends(self) -> datetime | None:
        """Until when promises belong to the morning (UTC), None while the line is open."""
        return self.opens_at + MORNING if self.opens_at else None


def day_ahead(rota: Rota, now: datetime, opens_at: datetime | None) -> DayAhead:
    """The rest of today while the line is open, else the day of the next opening. opens_at: UTC, None while open."""
    since = opens_at or now
    day = formats.local(since).date()
    midnight = formats.midnight(day + timedelta(days=1))
    beginning = [one.consultant for one in present(rota, opens_at) if one.role == "line"] if opens_at else []
    return DayAhead(
        day=day,
        opens_at=opens_at,
        beginning=tuple(sorted(set(beginning), key=lambda code: rota.consultants[code].name.casefold())),
        ill=_ill(rota, day, since, midnight),
        gaps=shortages(rota, since, midnight),
    )


def _ill(rota: Rota, day: date, since: datetime, midnight: datetime) -> tuple[Ill, ...]:
    first: dict[str, datetime] = {}
    for one in absences(rota, since, midnight):
        if one.kind == "sick":
            first.setdefault(one.consultant, one.start)
    duty = timeline(rota, formats.midnight(day), midnight)
    found = [
        Ill(code, start if any(one.consultant == code and one.start < start for one in duty) else None)
        for code, start in first.items()
    ]
    return tuple(sorted(found, key=lambda one: rota.consultants[one.consultant].name.casefold()))


def holiday(rota: Rota, day: date, locale: str) -> str | None:
    """The holiday for which the line is closed on a local day, in this language; None on every other day."""
    if windows_of(rota.policy, day) or day in rota.policy.dates or not day_rules(rota.policy, day):
        return None
    dutch, english, _ = why_closed(rota.policy, day)
    return dutch if locale == "nl" else english
