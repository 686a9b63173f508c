"""Can this person be rung now, and if not, why not? Presence, pauses, claims and order, computed on read."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from callcenter.rota.model import Presence

State = Literal["available", "busy", "break", "away"]
STATES: tuple[State, ...] = ("available", "busy", "break", "away")

# The longest time for which somebody can be busy or on a break (docs/rota-rules.md, "Presence").
LONGEST_MIN = 240
# A mobile that rang shorter than this was hardly heard (docs/rota-rules.md, "Presence").
HEARD_AFTER_S = 10.0
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class PersonState(NamedTuple):
    """What is stored about one consultant, in UTC; every instant is compared when it is read.

    presence_until: the end of a state other than available; reserved_until: rung for a call or claimed for a callback;
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
    """Whether somebody may be rung. in_wrap_up: only in the last human tier; paused: see `with_floor`.

    why_not: `not_planned`, `busy`, `break`, `away`, `on_call`, `reserved`, `paused`, or `wrap_up` (eligible all the
    same); until: when that ends by itself, UTC.
    """

    eligible: bool
    in_wrap_up: bool = False
    paused: bool = False
    why_not: str | None = None
    until: datetime | None = None


def presence_at(presence: str, until: datetime | None, t: datetime) -> str:
    """The state that holds at an instant: an ended one is `available` again, with no job having run."""
    return "available" if until is not None and until <= t else presence


def presence_end(
    state: State,
    asked: datetime | None,
    now: datetime,
    policy: Presence,
    last_planned_end: datetime | None,
    day_end: datetime,
) -> datetime | None:
    """When a state set now ends by itself; None for available, which has no end.

    asked: the end somebody wished, None for the default (break and busy as in the policy, away the local day);
    last_planned_end: of this person today, None when not planned; day_end: the coming local midnight. Never later than
    the last planned hour, the day's end, or four hours for busy and break. Raises ValueError for an end that is past.
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
    """Whether a person may be rung at an instant. duty_until: the end of the present duty, None when not on duty.

    A paused person is eligible here; `with_floor` takes the pause into account once everyone is known.
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


def with_floor(standings: Mapping[str, Standing], min_available: int) -> dict[str, Standing]:
    """The standings with the pauses applied: paused people are out, unless fewer than `min_available` eligible ones
    would remain; then they stay in and are only ordered last."""
    remaining = sum(1 for s in standings.values() if s.eligible and not s.paused)
    if remaining < min_available:
        return dict(standings)
    return {code: s._replace(eligible=False, why_not="paused") if s.paused else s for code, s in standings.items()}


def may_ring(place: Standing, *, last_tier: bool) -> bool:
    """Whether somebody may be rung in a tier; in wrap-up only in the last human one."""
    return place.eligible and (last_tier or not place.in_wrap_up)


def eligibility(
    people: Mapping[str, PersonState], duty_until: Mapping[str, datetime], t: datetime, policy: Presence
) -> dict[str, Standing]:
    """The standing of everyone, pauses and their floor applied. duty_until: the end of duty of those on duty."""
    return with_floor(
        {code: standing(person, duty_until.get(code), t) for code, person in people.items()}, policy.min_available
    )


def order_key(person: PersonState, call_key: str) -> tuple[datetime, datetime, str]:
    """Sorts people who are equally fit to be rung: last offered longest ago (never offered first), then last call ended
    longest ago, then a stable hash of call and code. Paused people come after all others, longest paused first."""
    return (
        person.last_offered_at or _NEVER,
        person.last_call_ended_at or _NEVER,
        hashlib.sha256(f"{call_key}\0{person.consultant}".encode()).hexdigest(),
    )


def ring_order(people: Mapping[str, PersonState], standings: Mapping[str, Standing], call_key: str) -> list[str]:
    """The eligible people in the order in which they are rung: not paused first, then by `order_key`."""

    def key(code: str) -> tuple[bool, datetime, tuple[datetime, datetime, str]]:
        place = standings[code]
        since = people[code].paused_until if place.paused else None
        return place.paused, since or _NEVER, order_key(people[code], call_key)

    return sorted((code for code, place in standings.items() if place.eligible), key=key)


def counts_as_not_accepted(result: str, ring_s: float | None) -> bool:
    """Whether a leg's result counts towards the automatic pause: declined, picked up without a key (`voicemail`), or
    not answered after having rung long enough. A caller who hung up and a colleague who was first never count."""
    if result in ("declined", "voicemail"):
        return True
    return result == "no_answer" and ring_s is not None and ring_s >= HEARD_AFTER_S


def after_offer(
    not_accepted: int, result: str, ring_s: float | None, t: datetime, policy: Presence
) -> tuple[int, datetime | None]:
    """The new count of offers in a row not accepted, and until when the person is paused (None: no new pause).

    An accepted call resets the count, and so does a pause that begins. ring_s: seconds the mobile rang.
    """
    if result == "accepted":
        return 0, None
    if not counts_as_not_accepted(result, ring_s):
        return not_accepted, None
    count = not_accepted + 1
    if count < policy.no_answer_after:
        return count, None
    return 0, t + timedelta(minutes=policy.no_answer_pause_min)


def offers_per_duty_hour(offers: int, duty_minutes: float) -> float | None:
    """Offers for each hour on duty, the fair number when people are compared; None without duty."""
    return offers / (duty_minutes / 60) if duty_minutes > 0 else None
