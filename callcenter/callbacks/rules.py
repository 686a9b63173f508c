"""Pure decisions about callbacks: states, due times, owners, joining, attempts and appointments."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from callcenter.errors import IllegalTransition, InvalidInput
from callcenter.rota.duty import present, timeline
from callcenter.rota.hours import NeverOpens, due, is_open, next_opening
from callcenter.rota.minutes import start_of_day
from callcenter.rota.model import Rota

State = Literal["open", "claimed", "reached", "unreachable", "cancelled", "resolved"]
Verb = Literal["claim", "give", "reach", "give_up", "cancel", "resolve", "reopen"]
Reason = Literal["missed", "abandoned", "voicemail", "requested", "closed", "reconciled", "manual"]
Result = Literal["reached", "no_answer", "voicemail", "wrong_number", "not_made"]
# What a call suggests: a result, or `unclear`, a talk that may have been with a mailbox.
Suggestion = Result | Literal["unclear"]

STATES: tuple[State, ...] = ("open", "claimed", "reached", "unreachable", "cancelled", "resolved")
# States in which the caller still has to be called back, or a message still has to be heard.
LIVE: tuple[State, ...] = ("open", "claimed")

# claim: the owner starts work on it; give: it goes to another owner, who has not started yet; give_up: after the
# policy's number of attempts; resolve: the caller rang again and was helped before we called back.
_FROM_LIVE: Mapping[Verb, State] = {
    "claim": "claimed",
    "give": "open",
    "reach": "reached",
    "give_up": "unreachable",
    "cancel": "cancelled",
    "resolve": "resolved",
}
TRANSITIONS: Mapping[tuple[State, Verb], State] = {
    **{(state, verb): after for state in LIVE for verb, after in _FROM_LIVE.items()},
    **{(state, "reopen"): "open" for state in STATES if state not in LIVE},
}

REASONS: tuple[Reason, ...] = ("missed", "abandoned", "voicemail", "requested", "closed", "reconciled", "manual")
# The results that a person can report. `not_made` is set by the system alone: the caller was never rung.
RESULTS: tuple[Result, ...] = ("reached", "no_answer", "voicemail", "wrong_number")
# The cancel reason of a callback that ended because of a wrong number; pages translate it.
WRONG_NUMBER = "wrong_number"

# Reasons in which the caller told us something, by voice or key. They replace reasons in which we only saw a number.
_STRONG: frozenset[str] = frozenset({"voicemail", "requested"})

# The longest note, in characters.
NOTE_MAX = 2000

# A consultant with this many more callbacks than the colleague with the fewest gets no further one.
LOAD_SLACK = 2

# Working minutes between attempts: first an hour, then another part of the day, so that three attempts do not follow
# each other at once.
ATTEMPT_PAUSES_MIN = (60, 180)
# An appointment is met by a call within this time after it.
APPOINTMENT_SLACK = timedelta(minutes=10)

# A due time or appointment that a person gives lies within this time from now. One later is a slip of the pen, and the
# duty of all the days before it would be computed at every look.
MAX_AHEAD = timedelta(days=60)

_TOO_FAR = "choose a time within 60 days from now"

# Without a confirmation, a talk of at least this many seconds that the caller's side ended counts as `reached`: the
# consultant was still on the line and heard the question. A shorter one is mostly a mailbox's greeting.
REACHED_AFTER_S = 10.0
# A talk that the consultant ended, or of which we do not know who ended it, must last this many seconds for that: a
# mailbox's greeting and a message take less.
SURELY_REACHED_AFTER_S = 45.0
# The result of an attempt may be confirmed or corrected until the end of its day, and for this long at least. A result
# reported later is a new attempt.
CONFIRM_FOR = timedelta(hours=4)
# A ring that the consultant ended before this many seconds does not count as an attempt.
RANG_ENOUGH_S = 10.0


def is_live(state: str) -> bool:
    """Whether a callback in this state is live, so not closed."""
    return state in LIVE


def after(state: State, verb: Verb) -> State:
    """The state that follows. Raises IllegalTransition when the verb is not allowed in this state."""
    try:
        return TRANSITIONS[state, verb]
    except KeyError:
        raise IllegalTransition(f"a callback that is {state} cannot be changed by {verb}") from None


def due_at(rota: Rota, reason: str, after: datetime) -> datetime:
    """The due time (UTC) of a promise made at `after`: the policy's working minutes for its reason.

    Closed time does not count, so a call out of hours is due within the first minutes of the next opening. On a line
    that never opens, wall-clock minutes count, so that every promise has a due time.
    """
    return _add_working_minutes(rota, after, _minutes(rota, reason))


def _minutes(rota: Rota, reason: str) -> int:
    policy = rota.policy.callbacks
    return {"voicemail": policy.voicemail_min, "requested": policy.requested_min}.get(reason, policy.missed_min)


def _add_working_minutes(rota: Rota, after: datetime, minutes: int) -> datetime:
    try:
        return due(rota, after, minutes)
    except NeverOpens:
        return after + timedelta(minutes=minutes)


def work_starts(rota: Rota, now: datetime) -> datetime:
    """The first instant at or after `now` at which somebody can work on a callback: `now`, or the next opening."""
    return now if is_open(rota, now) else next_opening(rota, now) or now


def candidates(rota: Rota, now: datetime, due_by: datetime, away: Collection[str] = ()) -> tuple[str, ...]:
    """The consultants who could make a callback: those on duty when work starts, else those planned before it is due.

    Consultants in role `line` come before the backup. away: consultants whose presence is "away"; it counts only when
    work starts now.
    """
    start = work_starts(rota, now)
    gone = frozenset(away) if start == now else frozenset()
    people = [(d.consultant, d.role) for d in present(rota, start) if d.consultant not in gone]
    if not people:
        later = timeline(rota, start, min(due_by, start + MAX_AHEAD))
        people = [(d.consultant, d.role) for d in later if d.consultant not in gone]
    line = {code for code, role in people if role == "line"}
    return tuple(sorted(line or {code for code, _ in people}))


def choose_owner(
    preferred: str | None,
    on_duty: Collection[str],
    load: Mapping[str, int],
    last_given: Mapping[str, datetime],
) -> str | None:
    """The consultant who gets a callback, or None when nobody is on duty.

    The caller's own consultant comes first. Otherwise it is the consultant who got a callback longest ago (one who
    never got any comes first), among those within LOAD_SLACK of the fewest.
    load: live callbacks by consultant; last_given: when each consultant last got one.
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
    """Whether a callback needs another owner: this one is off duty now and not planned again before the due time.

    Use it only while the line is open. An overdue callback moves as soon as its owner is off duty. Duty later than
    MAX_AHEAD does not count, so that the cost is bounded.
    """
    if owner not in away and any(d.consultant == owner for d in present(rota, now)):
        return False
    later = timeline(rota, now, min(due_by, now + MAX_AHEAD)) if owner not in away else ()
    return not any(d.consultant == owner for d in later)


def can_make(rota: Rota, consultant: str, now: datetime, due_by: datetime, away: Collection[str] = ()) -> bool:
    """Whether this consultant can make a callback in time: on duty, in any role, when work starts, or planned before
    it is due."""
    start = work_starts(rota, now)
    return not must_move(rota, consultant, start, due_by, away if start == now else ())


def why_not_disturbed(
    rota: Rota, consultant: str, now: datetime, away: Collection[str]
) -> Literal["off_duty", "away"] | None:
    """Why nobody else lets this consultant's mobile ring now, or None when it may ring. away: as in `candidates`."""
    if not any(d.consultant == consultant for d in present(rota, now)):
        return "off_duty"
    return "away" if consultant in away else None


@dataclass(frozen=True, slots=True)
class Joined:
    """The new values of a live callback when its caller rings again."""

    reason: str
    priority: int
    due_at: datetime


def stronger_reason(reason: str, new_reason: str) -> str:
    """The new reason when the caller told us something and had not before; else the present one."""
    return new_reason if new_reason in _STRONG and reason not in _STRONG else reason


def join(reason: str, priority: int, due_by: datetime, new_reason: str, new_due: datetime) -> Joined:
    """Joins a second call to a live callback: a higher priority, the earliest due time and the stronger reason."""
    return Joined(stronger_reason(reason, new_reason), priority + 1, min(due_by, new_due))


@dataclass(frozen=True, slots=True)
class Outstanding:
    """The parts of a callback that a talk with another caller from the same number does not resolve.

    unheard: ids of messages that nobody in the office has heard, oldest first; requested: a caller asked by key to be
    called back, also when a message came before or after it.
    """

    unheard: tuple[int, ...] = ()
    requested: bool = False

    def __bool__(self) -> bool:
        return self.requested or bool(self.unheard)


def is_resolved_by_call(asked_at: datetime, outstanding: Outstanding, came_in_at: datetime) -> bool:
    """Whether an answered call resolves a callback to the same number. One number may serve a whole school.

    asked_at: when the last call that made or joined the callback ended. If that is after this call came in, it was
    somebody else's call. After a message or a request by key, the caller still waits for an answer to that.
    """
    return asked_at < came_in_at and not outstanding


@dataclass(frozen=True, slots=True)
class AfterAttempt:
    """The consequence of an attempt's result. verb: None when the state does not change."""

    verb: Literal["reach", "give_up", "cancel"] | None
    attempts: int
    next_attempt_at: datetime | None = None
    due_at: datetime | None = None


def after_attempt(
    rota: Rota, result: str, attempts_before: int, now: datetime, appointment_at: datetime | None = None
) -> AfterAttempt:
    """Decides what follows an attempt: close, give up after the policy's number of attempts, or try again later.

    attempts_before: the number of attempts with a result, without this one. The next attempt has a due time of its own:
    the policy's missed minutes after its start. The first promise was met or is marked late by then. An attempt well
    before an appointment leaves the appointment, for which the caller waits.
    """
    if result == "not_made":
        return AfterAttempt(None, attempts_before)
    made = attempts_before + 1
    if result == "reached":
        return AfterAttempt("reach", made)
    if result == "wrong_number":
        return AfterAttempt("cancel", made)
    if appointment_at is not None and appointment_at > now:
        return AfterAttempt(None, made, appointment_at, appointment_at + APPOINTMENT_SLACK)
    if made >= rota.policy.callbacks.attempts:
        return AfterAttempt("give_up", made)
    pause = ATTEMPT_PAUSES_MIN[min(made, len(ATTEMPT_PAUSES_MIN)) - 1]
    again = work_starts(rota, _add_working_minutes(rota, now, pause))
    return AfterAttempt(None, made, again, _add_working_minutes(rota, again, rota.policy.callbacks.missed_min))


def suggest(dial_status: str, talk_s: float | None, rang_s: float, *, ended_by_caller: bool = True) -> Suggestion:
    """The result that Twilio's status of the caller's leg suggests.

    dial_status: DialCallStatus, or CallStatus of the caller's leg; talk_s: its bridged seconds; rang_s: seconds from
    dialling to that status, which matter when the consultant ended the ring; ended_by_caller: whether the consultant
    was still on the line when the talk ended. False when the consultant ended it, and when we do not know.
    """
    if dial_status in ("completed", "answered") and (talk_s or 0) > 0:
        least_s = REACHED_AFTER_S if ended_by_caller else SURELY_REACHED_AFTER_S
        return "reached" if (talk_s or 0) >= least_s else "unclear"
    if dial_status == "canceled" and rang_s < RANG_ENOUGH_S:
        return "not_made"
    return "no_answer"


def unconfirmed_result(suggested: str, talk_s: float | None) -> Result | None:
    """The result that counts when nobody confirms one. None when the talk was too short to tell."""
    if suggested == "unclear":
        return None
    if suggested == "reached":
        # Attempts from before `unclear` existed may have a short talk here.
        return "reached" if (talk_s or 0) >= REACHED_AFTER_S else None
    return "not_made" if suggested == "not_made" else "no_answer"


def confirmable_since(zone: ZoneInfo, now: datetime) -> datetime:
    """The result of an attempt that began at this instant (UTC) or later may still be confirmed or corrected."""
    return min(start_of_day(zone, now), now - CONFIRM_FOR)


def check_due(rota: Rota, at: datetime, now: datetime) -> None:
    """A due time that a person gives must lie ahead, within MAX_AHEAD, and end some opening time. Raises InvalidInput.

    The closing time is a due time ("before 17:00"), the opening time is not: nobody can call before it. On a line that
    never opens, as in `due_at`, every time ahead will do.
    """
    if at <= now:
        raise InvalidInput("due_at", "choose a time that is still to come")
    if at > now + MAX_AHEAD:
        raise InvalidInput("due_at", _TOO_FAR)
    if not is_open(rota, at - timedelta(microseconds=1)) and next_opening(rota, now) is not None:
        raise InvalidInput("due_at", "choose a time within opening hours, at the latest when the line closes")


def check_appointment(rota: Rota, owner: str | None, at: datetime, now: datetime) -> None:
    """An appointment must lie ahead, within MAX_AHEAD, opening hours and the owner's shift. Raises InvalidInput."""
    if at <= now:
        raise InvalidInput("due_at", "choose a time that is still to come")
    if at > now + MAX_AHEAD:
        raise InvalidInput("due_at", _TOO_FAR)
    if not is_open(rota, at):
        raise InvalidInput("due_at", "choose a time within opening hours")
    if owner is not None and not any(d.consultant == owner for d in present(rota, at)):
        raise InvalidInput("due_at", "choose a time at which its owner is on duty")
