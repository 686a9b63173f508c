"""The opening hours of the line: its windows on each date, whether it is open, and when working minutes have passed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from callcenter.errors import CallcenterError
from callcenter.rota.holidays import holidays_on
from callcenter.rota.minutes import (
    DAY_MIN,
    Span,
    Spans,
    as_utc,
    common,
    instant_of,
    local_date,
    merged,
    midnight,
    minute_after,
    minute_of,
    window,
)
from callcenter.rota.model import DayRule, Interval, Policy, Rota, Source, Window
from callcenter.rota.vacations import in_vacation

_CLOSED = DayRule("closed")
# The cache of a rota is emptied at this size: about three years of days.
_CACHE_SIZE = 1200


def is_vacation(policy: Policy, day: date) -> bool:
    """Whether the vacation profile applies on a date."""
    vacation = policy.vacation
    if vacation is None or not vacation.regions:
        return False
    free = (in_vacation(region, day) for region in vacation.regions)
    return all(free) if vacation.rule == "all" else any(free)


def day_rules(policy: Policy, day: date) -> list[tuple[str, DayRule]]:
    """The rules that change a date's profile, each with its key under `closed_days` (or the holiday's name).

    A dated rule overrides the holidays. A holiday that the policy does not name is closed.
    """
    dated = policy.dates.get(day)
    if dated is not None:
        return [(day.isoformat(), dated)]
    found: list[tuple[str, DayRule]] = []
    for name in holidays_on(day):
        if name == "liberation_day":
            choice = policy.liberation_day
            closed = choice == "every_year" or (choice == "lustrum" and day.year % 5 == 0)
            if closed:
                found.append((name, _CLOSED))
        else:
            found.append((name, policy.holidays.get(name, _CLOSED)))
    return found


def windows_of(policy: Policy, day: date) -> tuple[Window, ...]:
    """The opening windows of a date in wall-clock time; none when closed. Of two holidays the narrower applies."""
    profile = policy.vacation.open if policy.vacation is not None and is_vacation(policy, day) else policy.open
    windows = profile.get(day.weekday(), ())
    rules = [rule for _, rule in day_rules(policy, day)]
    if any(rule.kind == "closed" for rule in rules):
        return ()
    for rule in rules:
        if rule.kind == "hours":
            windows = rule.hours
    for rule in rules:
        if rule.kind == "until":
            windows = tuple(Window(w.start, min(w.end, rule.until)) for w in windows if w.start < rule.until)
    return windows


def opening_of_day(rota: Rota, day: date) -> Spans:
    """The open time of a local date in UTC minutes, without windows that a clock change removes."""
    key = ("open", day)
    found: Spans | None = rota.cache.get(key)
    if found is None:
        zone = rota.zone
        found = merged(window(zone, day, w.start, w.end) for w in windows_of(rota.policy, day))
        if len(rota.cache) > _CACHE_SIZE:
            rota.cache.clear()
        rota.cache[key] = found
    return found


def opening_minutes(rota: Rota, start: int, end: int) -> Spans:
    """The open time between two UTC minutes, merged."""
    if start >= end:
        return []
    zone = rota.zone
    # Start a day early: where a clock change repeats midnight, the last window of a day ends in the next day.
    day, last = local_date(zone, start) - timedelta(days=1), local_date(zone, end)
    spans: list[Span] = []
    while day <= last:
        spans.extend(opening_of_day(rota, day))
        day += timedelta(days=1)
    return common(merged(spans), [(start, end)])


def why_closed(policy: Policy, day: date) -> tuple[str, str, Source]:
    """Why a date has its opening hours: the Dutch text, the English text and the place in the policy.

    A date without a rule has the ordinary or the vacation profile.
    """
    for name, _ in day_rules(policy, day):
        dutch, english = _HOLIDAY_TEXT.get(name, (f"dag {name} in het beleid", f"day {name} in the policy"))
        return dutch, english, _rule_source(policy, name, day)
    if is_vacation(policy, day):
        source = policy.source("vacation", "open")
        return "openingstijden in de schoolvakantie", "opening hours in the school vacation", source
    return "openingstijden", "opening hours", policy.source("open")


def _rule_source(policy: Policy, name: str, day: date) -> Source:
    for key in (name, day.isoformat(), f"{day:%d-%m-%Y}"):
        if f"closed_days.{key}" in policy.lines:
            return policy.source("closed_days", key)
    return policy.source("closed_days")


_HOLIDAY_TEXT = {
    "new_year": ("Nieuwjaarsdag", "New Year's Day"),
    "good_friday": ("Goede Vrijdag", "Good Friday"),
    "easter_monday": ("Tweede Paasdag", "Easter Monday"),
    "kings_day": ("Koningsdag", "King's Day"),
    "liberation_day": ("Bevrijdingsdag", "Liberation Day"),
    "ascension_day": ("Hemelvaartsdag", "Ascension Day"),
    "whit_monday": ("Tweede Pinksterdag", "Whit Monday"),
    "christmas_day": ("Eerste Kerstdag", "Christmas Day"),
    "boxing_day": ("Tweede Kerstdag", "Boxing Day"),
}


# Days ahead in which we search for an opening. Dated rules are found however late they are.
_HORIZON_DAYS = 800


class NeverOpens(CallcenterError):
    """No opening hours are left in which the working minutes could pass."""


def opening(rota: Rota, a: datetime, b: datetime) -> tuple[Interval, ...]:
    """The open time between two aware instants, merged."""
    a, b = as_utc(a), as_utc(b)
    return intervals_of(opening_minutes(rota, minute_of(a), minute_after(b)), a, b) if a < b else ()


def intervals_of(spans: Spans, a: datetime, b: datetime) -> tuple[Interval, ...]:
    """Spans of minutes as intervals of instants, cut at `a` and `b`, which need not be whole minutes."""
    return tuple(Interval(max(instant_of(start), a), min(instant_of(end), b)) for start, end in spans)


def is_open(rota: Rota, t: datetime) -> bool:
    """Whether the line is open at an aware instant."""
    return bool(opening_minutes(rota, minute_of(as_utc(t)), minute_of(as_utc(t)) + 1))


def closes_at(rota: Rota, t: datetime) -> datetime | None:
    """The end of the open time that contains `t`; None when the line is closed at `t` or never closes."""
    minute = minute_of(as_utc(t))
    for days in (2, 8, 60, _HORIZON_DAYS):
        limit = minute + days * DAY_MIN
        spans = opening_minutes(rota, minute, limit)
        if not spans or spans[0][0] != minute:
            return None
        if spans[0][1] < limit:
            return instant_of(spans[0][1])
    return None


def end_of_next_open_day(rota: Rota, t: datetime) -> datetime | None:
    """When the line closes on the first local date after that of `t` on which it opens; None when it opens on none of
    the next sixty."""
    today = local_date(rota.zone, minute_of(as_utc(t)))
    for days in range(1, 61):
        spans = opening_of_day(rota, today + timedelta(days=days))
        if spans:
            return instant_of(spans[-1][1])
    return None


def _openings_from(rota: Rota, minute: int) -> Iterator[tuple[int, int]]:
    """Open time from a minute on, in order and in pieces; stops when no opening follows."""
    at, step, empty = minute, 8 * DAY_MIN, 0
    dated = [day for day, rule in rota.policy.dates.items() if rule.kind == "hours"]
    last_dated = midnight(rota.zone, max(dated) + timedelta(days=1)) if dated else minute
    while empty < _HORIZON_DAYS * DAY_MIN or at < last_dated:
        spans = opening_minutes(rota, at, at + step)
        yield from spans
        empty = 0 if spans else empty + step
        at += step


def next_opening(rota: Rota, t: datetime) -> datetime | None:
    """The first instant at or after `t` at which the line opens; None when it does not open again.

    While the line is open this is the opening after the current one.
    """
    minute = minute_after(as_utc(t))
    before = minute if opening_minutes(rota, minute - 1, minute) else None  # open just before: it does not open here
    for start, end in _openings_from(rota, minute):
        if start != before:
            return instant_of(start)
        before = end
        if (end - minute) > _HORIZON_DAYS * DAY_MIN:
            return None
    return None


def due(rota: Rota, after: datetime, minutes: int) -> datetime:
    """The instant at which `minutes` working minutes have passed since `after`; it may be a closing time.

    0 minutes: `after` itself when open, else the next opening. Raises NeverOpens when opening hours run out, and
    ValueError for a negative number.
    """
    if minutes < 0:
        raise ValueError("working minutes cannot be negative")
    after = as_utc(after)
    left = timedelta(minutes=minutes)
    for first, last in _openings_from(rota, minute_of(after)):
        start, end = max(instant_of(first), after), instant_of(last)
        if start < end and (end - start) >= left:
            return start + left
        if start < end:
            left -= end - start
    raise NeverOpens("the line has no opening hours in which so many working minutes could pass")
