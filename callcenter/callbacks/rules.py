"""What is promised, to whom is it given, and when do we try again? Decisions about callbacks, without storage."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from callcenter.errors import InvalidInput
from callcenter.rota.duty import present, timeline
from callcenter.rota.hours import NeverOpens, due, is_open, next_opening
from callcenter.rota.model import Rota

Reason = Literal["missed", "abandoned", "voicemail", "requested", "closed", "reconciled", "manual"]
Result = Literal["reached", "no_answer", "voicemail", "wrong_number", "not_made"]

REASONS: tuple[Reason, ...] = ("missed", "abandoned", "voicemail", "requested", "closed", "reconciled", "manual")
# What a person can say about an attempt; `not_made` only our own records say: the caller was never rung.
RESULTS: tuple[Result, ...] = ("reached", "no_answer", "voicemail", "wrong_number")

# Reasons in which the caller told us something, by voice or key; they replace those in which we only saw a number.
_STRONG: frozenset[str] = frozenset({"voicemail", "requested"})

# Nobody is given a callback while holding this many more than the colleague who holds the fewest.
LOAD_SLACK = 2

# Working minutes between attempts: an hour, then another part of the day, so that three tries are not three in a row.
ATTEMPT_PAUSES_MIN = (60, 180)

# Nobody confirmed: a talk of at least this long is taken as `reached`. A shorter one is mostly a mailbox's greeting.
REACHED_AFTER_S = 10.0
# A ring that the consultant broke off earlier than this is no attempt to keep the promise.
RANG_ENOUGH_S = 10.0


def due_at(rota: Rota, reason: str, after: datetime) -> datetime:
    """By when a promise made at `after` must be kept: the policy's working minutes for its reason, UTC.

    Closed time does not count, so a call out of hours is due within the first opened minutes. On a line that never
    opens wall-clock minutes are taken: a promise always has a time.
    """
    return _working(rota, after, _minutes(rota, reason))


def _minutes(rota: Rota, reason: str) -> int:
    policy = rota.policy.callbacks
    return {"voicemail": policy.voicemail_min, "requested": policy.requested_min}.get(reason, policy.missed_min)


def _working(rota: Rota, after: datetime, minutes: int) -> datetime:
    try:
        return due(rota, after, minutes)
    except NeverOpens:
        return after + timedelta(minutes=minutes)


def work_starts(rota: Rota, now: datetime) -> datetime:
    """The first instant at or after now at which somebody can work on a callback: now, or the next opening."""
    return now if is_open(rota, now) else next_opening(rota, now) or now


def candidates(rota: Rota, now: datetime, due_by: datetime, away: Collection[str] = ()) -> tuple[str, ...]:
    """Who could keep a promise: on duty when work starts, else planned before it is due.

    Role line before backup. away: consultants who said that they are away until the end of today.
    """
    start = work_starts(rota, now)
    gone = frozenset(away) if start == now else frozenset()
    people = [(d.consultant, d.role) for d in present(rota, start) if d.consultant not in gone]
    if not people:
        people = [(d.consultant, d.role) for d in timeline(rota, start, due_by) if d.consultant not in gone]
    line = {code for code, role in people if role == "line"}
    return tuple(sorted(line or {code for code, _ in people}))


def choose_owner(
    preferred: str | None,
    on_duty: Collection[str],
    load: Mapping[str, int],
    last_given: Mapping[str, datetime],
) -> str | None:
    """The consultant who gets a callback, or None when nobody is on duty.

    The caller's own consultant when on duty; else the one who was given one longest ago (never comes first) among
    those who do not hold clearly more than the others. load: unclosed callbacks by consultant.
    """
    if preferred in on_duty:
        return preferred
    if not on_duty:
        return None
    least = min(load.get(code, 0) for code in on_duty)
    fair = [code for code in on_duty if load.get(code, 0) < least + LOAD_SLACK]
    never = [code for code in fair if code not in last_given]
    if never:
        return min(never)
    return min(fair, key=lambda code: (last_given[code], code))


def must_move(rota: Rota, owner: str, now: datetime, due_by: datetime, away: Collection[str] = ()) -> bool:
    """Whether an owner cannot keep a promise any more: off duty now and not planned again before it is due.

    Only asked while the line is open. An overdue promise moves as soon as its owner is gone.
    """
    if owner not in away and any(d.consultant == owner for d in present(rota, now)):
        return False
    later = timeline(rota, now, due_by) if owner not in away else ()
    return not any(d.consultant == owner for d in later)


def can_keep(rota: Rota, consultant: str, now: datetime, due_by: datetime, away: Collection[str] = ()) -> bool:
    """Whether this consultant is there to keep a promise: on duty when work starts, in whatever role, or planned before
    it is due."""
    start = work_starts(rota, now)
    return not must_move(rota, consultant, start, due_by, away if start == now else ())


@dataclass(frozen=True, slots=True)
class Joined:
    """What an unclosed callback becomes when its caller rings again."""

    reason: str
    priority: int
    due_at: datetime


def join(reason: str, priority: int, due_by: datetime, new_reason: str, new_due: datetime) -> Joined:
    """A second call joins the promise there is: it raises it, keeps the earliest time and the strongest reason."""
    stronger = new_reason in _STRONG and reason not in _STRONG
    return Joined(new_reason if stronger else reason, priority + 1, min(due_by, new_due))


@dataclass(frozen=True, slots=True)
class Held:
    """What a promise holds that a talk with somebody else does not settle.

    unheard: ids of messages that nobody of the office has heard, oldest first; requested: a caller asked by key to be
    called back, which stays known when a message came before or after it.
    """

    unheard: tuple[int, ...] = ()
    requested: bool = False

    def __bool__(self) -> bool:
        return self.requested or bool(self.unheard)


def is_settled_by_talk(asked_at: datetime, held: Held, came_in_at: datetime) -> bool:
    """Whether a call that was answered settles a promise to its number. One number may serve a whole school.

    asked_at: when the last of those to whom it is promised left us. Whoever left while this caller was with us is
    somebody else; of those before, somebody who told us something waits for an answer to just that.
    """
    return asked_at < came_in_at and not held


@dataclass(frozen=True, slots=True)
class AfterAttempt:
    """What follows from an attempt's result. verb: None when the callback stays as it is."""

    verb: Literal["reach", "give_up", "cancel"] | None
    attempts: int
    next_attempt_at: datetime | None = None
    due_at: datetime | None = None


def after_attempt(rota: Rota, result: str, attempts_before: int, now: datetime) -> AfterAttempt:
    """What to do after an attempt: close, give up after the policy's number, or try again later.

    attempts_before: attempts with a result until now, without this one. A next attempt has its own due time, the
    policy's missed minutes after its start: the caller has been rung, so the first promise was kept or is marked late.
    """
    if result == "not_made":
        return AfterAttempt(None, attempts_before)
    made = attempts_before + 1
    if result == "reached":
        return AfterAttempt("reach", made)
    if result == "wrong_number":
        return AfterAttempt("cancel", made)
    if made >= rota.policy.callbacks.attempts:
        return AfterAttempt("give_up", made)
    pause = ATTEMPT_PAUSES_MIN[min(made, len(ATTEMPT_PAUSES_MIN)) - 1]
    again = work_starts(rota, _working(rota, now, pause))
    return AfterAttempt(None, made, again, _working(rota, again, rota.policy.callbacks.missed_min))


def suggest(dial_status: str, talk_s: float | None, rang_s: float) -> Result:
    """What a call itself says of an attempt, from Twilio's status of the caller's leg.

    dial_status: DialCallStatus, or CallStatus of the caller's leg; talk_s: its bridged seconds; rang_s: how long the
    caller was rung before that status, for a call that the consultant broke off.
    """
    if dial_status in ("completed", "answered") and (talk_s or 0) > 0:
        return "reached"
    if dial_status == "canceled" and rang_s < RANG_ENOUGH_S:
        return "not_made"
    return "no_answer"


def taken_unconfirmed(suggested: str, talk_s: float | None) -> Result | None:
    """The result that stands when nobody confirms one; None: too short a talk to tell, so it is asked for a while."""
    if suggested == "reached":
        return "reached" if (talk_s or 0) >= REACHED_AFTER_S else None
    return "not_made" if suggested == "not_made" else "no_answer"


def check_appointment(rota: Rota, owner: str | None, at: datetime, now: datetime) -> None:
    """An appointment lies ahead, within opening hours and within the owner's shift. Raises InvalidInput."""
    if at <= now:
        raise InvalidInput("due_at", "an appointment lies in the future")
    if not is_open(rota, at):
        raise InvalidInput("due_at", "an appointment lies within opening hours")
    if owner is not None and not any(d.consultant == owner for d in present(rota, at)):
        raise InvalidInput("due_at", "an appointment lies within the owner's shift")
