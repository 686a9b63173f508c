"""Decides what a text message may change about a presence: for how long, and whether enough colleagues remain. Pure.

The sender of a text can be forged, and the mobiles of consultants are known to schools. So a text takes somebody off
the line for two hours at most, and never leaves fewer people than the policy's `min_available`. The page has no such
limits: there somebody has logged in.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from callcenter.presence.eligibility import PersonState, State, presence_at
from callcenter.rota.model import DutyInterval, Presence

LONGEST = timedelta(hours=2)


def asked_end(state: State, minutes: int | None, now: datetime, policy: Presence) -> tuple[datetime | None, bool]:
    """When a state set by text ends (UTC, None for available), and whether that is earlier than asked.

    minutes: as the text has them; None for the default: the policy's for busy and break, the longest for away.
    """
    if state == "available":
        return None, False
    if minutes is None and state != "away":
        minutes = policy.pause_min if state == "break" else policy.busy_min
    asked = timedelta(minutes=minutes) if minutes is not None else timedelta.max
    return now + min(asked, LONGEST), asked > LONGEST


def leaves_too_few(
    duties: Iterable[DutyInterval],
    states: Mapping[str, PersonState],
    code: str,
    now: datetime,
    end: datetime,
    least: int,
) -> bool:
    """Whether fewer than `least` people would be available at some instant because `code` is not, from `now` to `end`.

    duties: everybody's in that period; states: the stored ones, without a state somebody is available. Available is who
    is on duty and says so, also while on a call. Whoever is off duty, or away already, takes nobody away.
    """
    duties = list(duties)
    start = max(now, _absent_until(states, code, now))
    own = [duty for duty in duties if duty.consultant == code and duty.start < end and duty.end > start]
    others = [duty for duty in duties if duty.consultant != code]
    # The number changes only at these instants.
    changes = {max(duty.start, start) for duty in own}
    changes |= {at for duty in others for at in (duty.start, duty.end)}
    changes |= {state.presence_until for state in states.values() if state.presence_until is not None}
    return any(
        _available(others, states, at) < least
        for at in changes
        if start <= at < end and any(duty.start <= at < duty.end for duty in own)
    )


def _available(duties: Iterable[DutyInterval], states: Mapping[str, PersonState], at: datetime) -> int:
    on_duty = {duty.consultant for duty in duties if duty.start <= at < duty.end}
    return sum(code not in states or _is_available(states[code], at) for code in on_duty)


def _is_available(state: PersonState, at: datetime) -> bool:
    return presence_at(state.presence, state.presence_until, at) == "available"


def _absent_until(states: Mapping[str, PersonState], code: str, now: datetime) -> datetime:
    state = states.get(code)
    if state is None or _is_available(state, now):
        return now
    return state.presence_until or now
