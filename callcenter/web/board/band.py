"""The band on top of the board: the answer in words, and the link to the one deed that helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from callcenter.rota.fill import Candidate
from callcenter.rota.shortages import Shortage
from callcenter.web import formats
from callcenter.web.active_rota import name_of
from callcenter.web.board.ahead import DayAhead, Ill
from callcenter.web.board.answer import Answer, Deed, Situation, State
from callcenter.web.locale import _, current, plural

# Beside the colour, since no meaning is by colour alone.
SIGNS = {"good": "✓", "warn": "!", "bad": "✕", "closed": "○"}
# More gaps than these would hide the rest of the sentence; the page of the day has them all.
_MOST_GAPS = 3


@dataclass(frozen=True, slots=True)
class Band:
    """What the band says. tone: its CSS class; then: what the day that counts brings, while the line is closed;
    ill: who is ill; label, address: of the link to the deed."""

    tone: str
    sign: str
    headline: str
    then: str
    ill: str
    label: str
    address: str


def band(found: Answer, now: Situation, ahead: DayAhead | None, today: datetime) -> Band:
    """The band for an answer. ahead: None without a rota and when the line never opens again; today: UTC."""
    label, address = _deed(found.deed, ahead, today)
    return Band(
        tone=found.tone,
        sign=SIGNS[found.tone],
        headline=headline(found.state, now, ahead, today),
        then=_then(now, ahead) if ahead and ahead.opens_at else "",
        ill=_ill(ahead.ill) if ahead else "",
        label=label,
        address=address,
    )


def headline(state: State, now: Situation, ahead: DayAhead | None, today: datetime) -> str:
    """The one sentence that answers whether we are reachable this minute."""
    people = now.free + now.talking + now.off
    if state == State.FREE:
        return _("Reachable: %(free)s of %(all)s free", free=now.free, all=people)
    if state == State.ONLY_BACKUP:
        return _("Only the backup is free: %(free)s of %(all)s", free=now.free, all=people)
    if state == State.NO_ROTA:
        return _("No rota yet: nobody can be rung")
    if state in (State.OPENS_TODAY, State.CLOSED):
        if ahead is None or ahead.opens_at is None:
            return _("Closed.")
        time, here = formats.clock(ahead.opens_at, current()), formats.local(today).date()
        if ahead.day != here:
            time = f"{formats.near_day(ahead.day, here, current())} {time}"
        return _("Closed until %(time)s.", time=time)
    said = {
        State.ALL_TALKING: _("Everybody is talking"),
        State.NOBODY_FREE: _("Nobody can be rung"),
        State.NOBODY_ON_DUTY: _("Nobody on duty"),
    }[state]
    return f"{said}, {_waiting(now)}" if now.waits_s else said


def _then(now: Situation, ahead: DayAhead) -> str:
    """Who begins, who is ill, where too few are planned, and which promises the morning brings: one sentence."""
    parts = [
        plural("Then %(num)s person begins", "Then %(num)s people begin", now.beginning)
        if now.beginning
        else _("Then nobody begins"),
        _ill(ahead.ill),
        *(_gap(gap) for gap in ahead.gaps[:_MOST_GAPS]),
    ]
    if now.early and ahead.morning_ends:
        before = formats.clock(ahead.morning_ends, current())
        parts.append(
            plural("%(num)s promise before %(time)s", "%(num)s promises before %(time)s", now.early, time=before)
        )
    if now.overdue:
        parts.append(plural("%(num)s callback too late", "%(num)s callbacks too late", now.overdue))
    return "; ".join(part for part in parts if part) + "."


def _ill(ill: Sequence[Ill]) -> str:
    """`ill: Imran Bakker, Eva Smit (from 12.00)`; empty when nobody is."""
    names = []
    for one in ill:
        since = _("from %(time)s", time=formats.clock(one.since, current())) if one.since else ""
        names.append(f"{name_of(one.consultant)} ({since})" if since else name_of(one.consultant))
    return _("ill: %(names)s", names=", ".join(names)) if names else ""


def _gap(gap: Shortage) -> str:
    said = _("too few") if gap.planned else _("nobody")
    return f"{formats.clock(gap.start, current())}–{formats.clock(gap.end, current())} {said}"


def candidates(found: Sequence[Candidate]) -> str:
    """`Aïsha Siddiqi (works until 12.00) or Cem Özdemir (free until 12.30)`."""
    return _(" or ").join(f"{name_of(one.consultant)} ({_hours(one)})" for one in found)


def _hours(one: Candidate) -> str:
    until, since = (formats.clock(at, current()) if at else None for at in (one.until, one.since))
    if until and since:
        return _("free %(from)s–%(until)s", **{"from": until, "until": since})
    return _("works until %(time)s", time=until) if until else _("free until %(time)s", time=since)


def _waiting(now: Situation) -> str:
    return plural(
        "%(num)s waits for %(time)s already",
        "%(num)s wait for %(time)s already",
        len(now.waits_s),
        time=formats.running(max(now.waits_s)),
    )


def _deed(deed: Deed, ahead: DayAhead | None, today: datetime) -> tuple[str, str]:
    if deed == Deed.LOAD_ROTA or (deed == Deed.SEE_DAY and ahead is None):
        return _("Load a rota"), url_for("rota_versions.rota_list")
    if deed == Deed.SEE_DAY and ahead is not None:
        here = formats.local(today).date()
        day = formats.near_day(ahead.day, here, current())
        return _("Rota of %(day)s", day=day), url_for("rota_day.day", on=ahead.day)
    if deed == Deed.HAND_OVER_LATE:
        return _("Hand over the late ones"), url_for("callbacks.callbacks", show="overdue")
    if deed == Deed.GIVE_TO_SOMEBODY:
        return _("Give the callbacks an owner"), url_for("callbacks.callbacks", owner="-")
    if deed == Deed.SEE_PROMISES:
        return _("See the promises"), url_for("callbacks.callbacks")
    return _("Who is there?"), "#people"
