"""Opening hours in UTC minutes, from the policy's profiles, holidays, dated rules and school vacations."""

from datetime import date, timedelta

from callcenter.rota.holidays import holidays_on
from callcenter.rota.intervals import Span, Spans, common, merged
from callcenter.rota.model import DayRule, Policy, Rota, Source, Window
from callcenter.rota.vacations import in_vacation
from callcenter.rota.walltime import local_date, window

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
