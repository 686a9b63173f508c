"""Decides who may be rung now and in which order, from presence, pauses and claims (docs/rota-rules.md)."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from callcenter.rota.model import Presence

State = Literal["available", "busy", "break", "away"]
STATES: tuple[State, ...] = ("available", "busy", "break", "away")

# The longest time for which somebody can be busy or on a break (docs/rota-rules.md, "Presence").
LONGEST_MIN = 240
# An unanswered mobile that rang for less than this does not count (docs/rota-rules.md, "Presence").
HEARD_AFTER_S = 10.0
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class PersonState(NamedTuple):
    """The stored state of one consultant. Instants are UTC and compared when they are read; no job ends a state.

    presence_until: the end of a state other than available; reserved_until: the end of a claim for a call or callback;
    not_accepted: offers in a row that were not accepted.
    """

    consultant: str
    presence: str = "available"
    presence_until: datetime | None = None
    reserved_until: datetime | None = None
    on_call: bool = False
    wrap_up_until: datetime | None = None
    paused_until: datetime | None = None
    not_accepted: int = 0
    last_offered_at: datetime | None = None
    last_call_ended_at: datetime | None = None


class Standing(NamedTuple):
    """Whether a consultant may be rung. in_wrap_up: may be rung in the last tier only; paused: `apply_pauses` decides.

    why_not: `not_planned`, `busy`, `break`, `away`, `on_call`, `reserved`, `paused` or `wrap_up`. The last two do not
    exclude `eligible`. until: when `why_not` ends by itself (UTC).
    """

    eligible: bool
    in_wrap_up: bool = False
    paused: bool = False
    why_not: str | None = None
    until: datetime | None = None


def presence_at(presence: str, until: datetime | None, t: datetime) -> str:
    """The state at an instant. A state that has ended is `available`."""
    return "available" if until is not None and until <= t else presence


def presence_end(
    state: State,
    asked: datetime | None,
    now: datetime,
    policy: Presence,
    last_planned_end: datetime | None,
    day_end: datetime,
) -> datetime | None:
    """The UTC instant at which a state set now ends by itself; None for available, which has no end.

    asked: the requested end, None for the default (break and busy as in the policy, away until the end of the day);
    last_planned_end: of this person today, None when not planned; day_end: the next local midnight. The end is at the
    latest the last planned hour, the end of the day, and for busy and break four hours from now. Raises ValueError for
    a requested end in the past.
    """
    if state == "available":
        return None
    if asked is not None and asked <= now:
        raise ValueError("the end of a presence must lie ahead")
    limits = [day_end]
    if last_planned_end is not None and last_planned_end > now:
        limits.append(last_planned_end)
    if state == "away":
        return min([*limits, asked or day_end])
    minutes = policy.pause_min if state == "break" else policy.busy_min
    limits.append(now + timedelta(minutes=LONGEST_MIN))
    return min([*limits, asked or now + timedelta(minutes=minutes)])


def standing(person: PersonState, duty_until: datetime | None, t: datetime) -> Standing:
    """Whether a person may be rung at an instant. duty_until: the end of the current duty, None when not on duty.

    A paused person is eligible here; `apply_pauses` applies pauses, which depend on the others.
    """
    if duty_until is None or duty_until <= t:
        return Standing(False, why_not="not_planned")
    state = presence_at(person.presence, person.presence_until, t)
    if state != "available":
        return Standing(False, why_not=state, until=person.presence_until)
    if person.on_call:
        return Standing(False, why_not="on_call")
    if person.reserved_until is not None and person.reserved_until > t:
        return Standing(False, why_not="reserved", until=person.reserved_until)
    paused = person.paused_until is not None and person.paused_until > t
    if person.wrap_up_until is not None and person.wrap_up_until > t:
        return Standing(True, in_wrap_up=True, paused=paused, why_not="wrap_up", until=person.wrap_up_until)
    if paused:
        return Standing(True, paused=True, why_not="paused", until=person.paused_until)
    return Standing(True)


def apply_pauses(standings: Mapping[str, Standing], min_available: int) -> dict[str, Standing]:
    """The standings with pauses applied.

    Paused people are not eligible, unless fewer than `min_available` eligible people would remain. Then they stay
    eligible and come last in the order.
    """
    remaining = sum(1 for s in standings.values() if s.eligible and not s.paused)
    if remaining < min_available:
        return dict(standings)
    return {code: s._replace(eligible=False, why_not="paused") if s.paused else s for code, s in standings.items()}


def may_ring(place: Standing, *, last_tier: bool) -> bool:
    """Whether somebody may be rung in a tier. During wrap-up that is so only if no later tier could ring this person.

    last_tier: no later tier could.
    """
    return place.eligible and (last_tier or not place.in_wrap_up)


def eligibility(
    people: Mapping[str, PersonState], duty_until: Mapping[str, datetime], t: datetime, policy: Presence
) -> dict[str, Standing]:
    """Everybody's standing, with pauses applied. duty_until: the end of duty of everybody on duty."""
    return apply_pauses(
        {code: standing(person, duty_until.get(code), t) for code, person in people.items()}, policy.min_available
    )


def order_key(person: PersonState, call_key: str) -> tuple[datetime, datetime, str]:
    """The sort key of people who may be rung: last offer longest ago (never offered first), then last call ended
    longest ago, then a stable hash of call and code."""
    return (
        person.last_offered_at or _NEVER,
        person.last_call_ended_at or _NEVER,
        hashlib.sha256(f"{call_key}\0{person.consultant}".encode()).hexdigest(),
    )


def ring_order(people: Mapping[str, PersonState], standings: Mapping[str, Standing], call_key: str) -> list[str]:
    """The eligible people in the order in which they are rung.

    Those who are not paused come first, by `order_key`. Then come paused ones, the longest paused first.
    """

    def key(code: str) -> tuple[bool, datetime, tuple[datetime, datetime, str]]:
        place = standings[code]
        since = people[code].paused_until if place.paused else None
        return place.paused, since or _NEVER, order_key(people[code], call_key)

    return sorted((code for code, place in standings.items() if place.eligible), key=key)


def counts_as_not_accepted(result: str, ring_s: float | None) -> bool:
    """Whether a leg's result counts towards the automatic pause. ring_s: seconds the mobile rang.

    It counts when the leg was declined, was picked up without a key (`voicemail`), or was not answered after ringing
    for `HEARD_AFTER_S`. It does not count when the caller hung up or a colleague was first.
    """
    if result in ("declined", "voicemail"):
        return True
    return result == "no_answer" and ring_s is not None and ring_s >= HEARD_AFTER_S
