"""Says who can take a callback over: who is on duty now, who comes later today, and why the others are not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.callbacks.owners import consultants_away
from callcenter.callbacks.rules import can_make
from callcenter.errors import InvalidInput
from callcenter.rota.duty import duty, timeline
from callcenter.rota.explain import explain
from callcenter.rota.minutes import start_of_day
from callcenter.rota.model import Rota
from callcenter.web import formats, words
from callcenter.web.active_rota import name_of, people, required_rota, rota
from callcenter.web.locale import _, current
from callcenter.web.page import now, read

# The value of the choice that gives a callback to nobody.
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Choices:
    """One part of the list of colleagues: its head, and each code with its name and duty."""

    head: str
    people: Sequence[tuple[str, str]]


def choices() -> list[Choices]:
    """The colleagues by whether they are on duty; each part by name."""
    active = rota()
    if active is None:
        return []
    here, later, absent = [], [], []
    away = consultants_away(read(), now())
    on_duty = {person.consultant: person.until for person in duty(active, now())}
    begins = _later_today(active)
    for code, name in people(now()):
        if code in on_duty and code not in away:
            here.append((code, _("%(name)s, until %(time)s", name=name, time=_time(on_duty[code]))))
        elif code in begins and code not in away:
            later.append((code, _("%(name)s, from %(time)s", name=name, time=_time(begins[code]))))
        else:
            absent.append((code, f"{name}, {why_absent(active, code, away)}"))
    parts = ((_("On duty now"), here), (_("On duty later today"), later), (_("Not on duty"), absent))
    return [Choices(head, found) for head, found in parts if found]


def refuse_who_cannot(to: str, due_at: datetime) -> None:
    """Raise InvalidInput when the clock would at once give the callback to somebody else again: its new owner is ill,
    away or off duty, and not planned again before it is due."""
    active, away = required_rota(), consultants_away(read(), now())
    if can_make(active, to, now(), max(now(), due_at), away):
        return
    why, name = why_absent(active, to, away), name_of(to)
    if due_at <= now():
        raise InvalidInput(
            "to", _("%(name)s cannot ring now: %(why)s. Choose somebody who is on duty", name=name, why=why)
        )
    when = formats.moment(due_at, now(), current())
    sentence = _("%(name)s cannot ring before %(when)s: %(why)s. Choose somebody else", name=name, when=when, why=why)
    raise InvalidInput("to", sentence)


def duty_of(code: str) -> str:
    """A colleague's name with the present duty, as a deed that gives something to this colleague says it."""
    active = rota()
    if active is None:
        return name_of(code)
    until = {person.consultant: person.until for person in duty(active, now())}.get(code)
    begins = _later_today(active).get(code)
    if until is not None:
        return _("%(name)s, who is on duty until %(time)s", name=name_of(code), time=_time(until))
    if begins is not None:
        return _("%(name)s, who is on duty from %(time)s", name=name_of(code), time=_time(begins))
    return _("%(name)s, who is not on duty now", name=name_of(code))


def why_absent(active: Rota, code: str, away: frozenset[str]) -> str:
    """Why a colleague is not there now, in words: ill, on leave, away, not planned."""
    if code in away:
        return words.word(words.PRESENCE, "away")
    reason = explain(active, code, now())[-1].code
    if reason == "closed":  # why nobody is there; what the day says of this colleague matters more
        ill = [one.code for one in explain(active, code, now()) if one.code in ("sick", "leave", "training")]
        reason = ill[-1] if ill else "not_planned"
    return words.word(words.DECISIONS, reason)


def _later_today(active: Rota) -> dict[str, datetime]:
    end = start_of_day(active.zone, now()) + timedelta(days=1)
    begins: dict[str, datetime] = {}
    for one in timeline(active, now(), end):
        begins.setdefault(one.consultant, one.start)
    return begins


def _time(at: datetime) -> str:
    return formats.clock(at, current())
