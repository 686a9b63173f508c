"""A second implementation of the rota rules, minute by minute and without any code of the product.

A day is the list of its UTC minutes, each with its wall-clock time. A window begins at the first minute whose wall
clock is at or past its start. It ends at the last occurrence of its end, or where that time would be when it does not
exist.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Amsterdam")
MINUTE = timedelta(minutes=1)

# School vacations of 2026-27 as published: region to first and last days.
VACATIONS = {
    "Noord": "2026-10-10/18 2026-12-19/2027-01-03 2027-02-20/28 2027-04-24/2027-05-02 2027-07-10/2027-08-22",
    "Midden": "2026-10-17/25 2026-12-19/2027-01-03 2027-02-20/28 2027-04-24/2027-05-02 2027-07-17/2027-08-29",
    "Zuid": "2026-10-17/25 2026-12-19/2027-01-03 2027-02-13/21 2027-04-24/2027-05-02 2027-07-24/2027-09-05",
}


@dataclass
class SpecShift:
    code: str
    days: list[int]
    start: int
    end: int  # as typed; by night it is smaller than the start
    every: int = 1
    anchor: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    role: str = "line"


@dataclass
class SpecException:
    kind: str
    code: str
    first: date
    first_minute: int | None
    last: date | None
    last_minute: int | None
    substitute: str = ""


@dataclass
class Spec:
    """A rota as plain values. open, vacation_open: weekday to windows; dates: date to rule text in English."""

    people: dict[str, tuple[date | None, date | None]]
    shifts: list[SpecShift]
    exceptions: list[SpecException]
    open: dict[int, list[tuple[int, int]]]
    good_friday: str = "open"
    liberation_day: str = "lustrum"
    holidays: dict[str, str] = field(default_factory=dict)
    dates: dict[date, str] = field(default_factory=dict)
    vacation_regions: list[str] = field(default_factory=list)
    vacation_rule: str = "all"
    vacation_open: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    min_on_duty: int = 1


@lru_cache(maxsize=4096)
def day_minutes(day: date) -> list[tuple[datetime, int]]:
    """The UTC minutes of a local day, each with its wall-clock minute of the day."""
    t = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)
    found: list[tuple[datetime, int]] = []
    while True:
        wall = t.astimezone(ZONE)
        if wall.date() > day:
            return found
        if wall.date() == day:
            found.append((t, wall.hour * 60 + wall.minute))
        t += MINUTE


def window(day: date, start: int, end: int) -> set[datetime]:
    """The UTC minutes of a wall-clock window that begins on a day; an end at or before the start is the next day's."""
    minutes = [(t, wall) for t, wall in day_minutes(day)]
    if end <= start:
        minutes += [(t, wall + 1440) for t, wall in day_minutes(day + timedelta(days=1))]
        end += 1440
    first = next((t for t, wall in minutes if wall >= start), None)
    last = next((t for t, wall in reversed(minutes) if wall == end), None)
    if last is None:  # midnight, or a time that does not exist
        last = next((t + MINUTE for t, wall in reversed(minutes) if wall < end), None)
    if first is None or last is None:
        return set()
    return {t for t, _ in minutes if first <= t < last}


def easter(year: int) -> date:
    """Easter Sunday, by Gauss's rule as corrected for the Gregorian calendar."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def holiday(day: date) -> str | None:
    """The name of the holiday on a date. No date from 2026 to 2031 has two."""
    after_easter = (day - easter(day.year)).days
    moving = {-2: "good_friday", 1: "easter_monday", 39: "ascension_day", 50: "whit_monday"}
    if after_easter in moving:
        return moving[after_easter]
    kings = date(day.year, 4, 27)
    if day == (kings if kings.weekday() != 6 else date(day.year, 4, 26)):
        return "kings_day"
    fixed = {(1, 1): "new_year", (5, 5): "liberation_day", (12, 25): "christmas_day", (12, 26): "boxing_day"}
    return fixed.get((day.month, day.day))


def in_vacation(region: str, day: date) -> bool:
    for span in VACATIONS[region].split():
        first, _, last = span.partition("/")
        end = last if len(last) > 2 else first[:8] + last
        if date.fromisoformat(first) <= day <= date.fromisoformat(end):
            return True
    return False


def to_minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def day_windows(spec: Spec, day: date) -> list[tuple[int, int]]:
    """The wall-clock opening windows of a date."""
    windows = spec.open.get(day.weekday(), [])
    if spec.vacation_regions:
        free = [in_vacation(region, day) for region in spec.vacation_regions]
        if all(free) if spec.vacation_rule == "all" else any(free):
            windows = spec.vacation_open.get(day.weekday(), [])
    name = holiday(day)
    rule = spec.dates.get(day)
    if rule is None and name == "good_friday":
        rule = spec.good_friday
    elif rule is None and name == "liberation_day":
        closed = spec.liberation_day == "every_year" or (spec.liberation_day == "lustrum" and day.year % 5 == 0)
        rule = "closed" if closed else "open"
    elif rule is None and name:
        rule = spec.holidays.get(name, "closed")
    if rule is None or rule == "open":
        return windows
    if rule == "closed":
        return []
    if rule.startswith("until "):
        until = to_minutes(rule[6:])
        return [(start, min(end, until)) for start, end in windows if start < until]
    start_text, end_text = rule.split("-")
    return [(to_minutes(start_text), to_minutes(end_text))]


def opening(spec: Spec, day: date) -> set[datetime]:
    found: set[datetime] = set()
    for start, end in day_windows(spec, day):
        found |= window(day, start, end)
    return found


def weekly(spec: Spec, code: str, role: str, first: date, last: date) -> set[datetime]:
    found: set[datetime] = set()
    day = first - timedelta(days=1)
    while day <= last:
        monday = day - timedelta(days=day.weekday())
        for shift in spec.shifts:
            if shift.code != code or shift.role != role or day.weekday() not in shift.days:
                continue
            if (shift.valid_from and day < shift.valid_from) or (shift.valid_until and day > shift.valid_until):
                continue
            if shift.anchor and (monday - shift.anchor).days // 7 % shift.every:
                continue
            found |= window(day, shift.start, shift.end)
        day += timedelta(days=1)
    return found


def instant(day: date, minute: int | None, *, end: bool) -> datetime:
    """The UTC instant of a typed moment (one that occurs once), or of a date as first or last whole day."""
    if minute is None or minute == 1440:
        day, minute = (day + timedelta(days=1), 0) if end else (day, 0)
    return (datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(minutes=minute)).astimezone(UTC)


def covered(row: SpecException, minutes: set[datetime]) -> set[datetime]:
    """The minutes for which an exception holds."""
    start = instant(row.first, row.first_minute, end=False)
    end = instant(row.last, row.last_minute, end=True) if row.last else None
    return {t for t in minutes if t >= start and (end is None or t < end)}


@dataclass
class Answer:
    """Minute sets: opening, and duty by person and role."""

    open: set[datetime]
    duty: dict[tuple[str, str], set[datetime]]
    gaps: set[datetime]


def answer(spec: Spec, first: date, last: date) -> Answer:
    """Opening, duty and gaps of the local days from `first` through `last`."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    minutes = {t for day in days for t, _ in day_minutes(day)}
    opened: set[datetime] = set()
    for day in days:
        opened |= opening(spec, day)
    rows = [(row, covered(_ended(row, spec), minutes)) for row in spec.exceptions]
    active = {code: {t for t in minutes if _active(spec, code, t)} for code in spec.people}
    own = {
        (code, role): weekly(spec, code, role, first, last) & active[code]
        for code in spec.people
        for role in ("line", "backup")
    }
    for row, held in rows:
        if row.kind == "extra":
            own[row.code, "line"] = own[row.code, "line"] | (held & active[row.code])
    duty = {key: set(found) for key, found in own.items()}
    swaps = [(row, held) for row, held in rows if row.kind == "swap"]
    for row, held in swaps:
        for role in ("line", "backup"):
            duty[row.code, role] -= held
    for row, held in swaps:
        for role in ("line", "backup"):
            duty[row.substitute, role] |= own[row.code, role] & held
    for row, held in rows:
        if row.kind in ("leave", "sick", "training"):
            for role in ("line", "backup"):
                duty[row.code, role] -= held
    duty = {key: found & active[key[0]] & opened for key, found in duty.items()}
    lines = [found for (_, role), found in duty.items() if role == "line"]
    gaps = {t for t in opened if sum(1 for found in lines if t in found) < spec.min_on_duty}
    return Answer(opened, {key: found for key, found in duty.items() if found}, gaps)


def _ended(row: SpecException, spec: Spec) -> SpecException:
    """A sick row without an end takes the latest end of the person's other sick rows with the same start."""
    if row.kind != "sick" or row.last is not None:
        return row
    start = row.code, row.first, row.first_minute or 0
    same = [one for one in spec.exceptions if one.kind == "sick" and one.last is not None]
    same = [one for one in same if (one.code, one.first, one.first_minute or 0) == start]
    return max(same, key=lambda one: (one.last, one.last_minute or 1440), default=row)


def _active(spec: Spec, code: str, t: datetime) -> bool:
    first, last = spec.people[code]
    if first is None and last is None:
        return True
    day = t.astimezone(ZONE).date()
    return (first is None or day >= first) and (last is None or day <= last)


def spans(minutes: set[datetime]) -> list[tuple[datetime, datetime]]:
    """Minutes as merged intervals."""
    found: list[tuple[datetime, datetime]] = []
    for t in sorted(minutes):
        if found and found[-1][1] == t:
            found[-1] = (found[-1][0], t + MINUTE)
        else:
            found.append((t, t + MINUTE))
    return found


def due(spec: Spec, after: datetime, count: int) -> datetime | None:
    """The instant at which so many working minutes have passed; None when not within three weeks."""
    day = after.astimezone(ZONE).date()
    left = count
    for n in range(22):
        for t in sorted(opening(spec, day + timedelta(days=n))):
            if t < after:
                continue
            if left == 0:
                return t
            left -= 1
            if left == 0:
                return t + MINUTE
    return None
