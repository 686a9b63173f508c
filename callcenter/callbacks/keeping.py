"""Decides whether the times that a caller was told are kept, broken or withdrawn; pure.

A time that has passed keeps its judgement for ever: no function here changes it. Only the newest time of a callback can
lie ahead, since a new one ends the one before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callcenter.callbacks.rules import APPOINTMENT_SLACK

# A talk with somebody who rang from the number may have kept the promise; the consultant has this long after the due
# time to say so. Until then it is neither kept nor broken.
ANSWER_WITHIN = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Promised:
    """A time that the caller was told. All instants are UTC.

    made_at: when; due_at: the time; kept_at: when the caller was first rung or helped since; withdrawn_at: when nothing
    was owed any more, before it was due.
    """

    made_at: datetime
    due_at: datetime
    kept_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def has_passed(self, now: datetime) -> bool:
        """Whether the due time is over. The due instant itself is still in time."""
        return now > self.due_at

    @property
    def is_unkept(self) -> bool:
        """Whether the caller was neither rung nor helped since, and still expects it."""
        return self.kept_at is None and self.withdrawn_at is None

    def is_owed(self, now: datetime) -> bool:
        """Whether it lies ahead, and the caller was neither rung nor helped."""
        return self.is_unkept and not self.has_passed(now)


Times = Sequence[Promised]


def is_broken(one: Promised, now: datetime, question_at: datetime | None = None) -> bool:
    """Whether a time was missed by `now`. question_at: when a talk ended about which a consultant is asked."""
    if one.kept_at is not None:
        return one.kept_at > one.due_at
    return one.withdrawn_at is None and one.has_passed(now) and not _waits_for_answer(one, now, question_at)


def _waits_for_answer(one: Promised, now: datetime, question_at: datetime | None) -> bool:
    return question_at is not None and one.made_at <= question_at <= one.due_at and now <= one.due_at + ANSWER_WITHIN


def after_ring(times: Times, at: datetime, appointment_at: datetime | None) -> Times:
    """The times once the caller was rung at `at`. appointment_at: the moment for which the caller waits."""
    if not counts_as_ring(at, appointment_at):
        return times
    return [replace(one, kept_at=at) if one.is_unkept else one for one in times]


def counts_as_ring(at: datetime, appointment_at: datetime | None) -> bool:
    """Whether a ring keeps what was promised. One well before an appointment does not: the caller waits for that."""
    return appointment_at is None or at >= appointment_at - APPOINTMENT_SLACK


def after_call(times: Times, due_by: datetime, now: datetime, *, ends_appointment: bool) -> Times:
    """The times once the caller rang again and was told `due_by`.

    A time that is still owed becomes the earlier of the two; after one that is kept or has passed, the new one counts
    by itself. ends_appointment: the new time replaces an appointment, which is withdrawn.
    """
    last = times[-1] if times else None
    if last is None or not last.is_owed(now):
        return [*times, Promised(now, due_by)]
    if ends_appointment:
        return [*times[:-1], replace(last, withdrawn_at=now), Promised(now, due_by)]
    return [*times[:-1], replace(last, due_at=min(last.due_at, due_by))]


def after_appointment(times: Times, due_by: datetime, now: datetime) -> Times:
    """The times once the caller agreed on another moment, which withdraws a time that is still owed. due_by: the new
    time.

    Nobody knows whether the caller was asked, so the former time does not count as kept: a ring would have kept it. The
    same moment once more changes nothing.
    """
    last = times[-1] if times else None
    if last is None or not last.is_owed(now):
        return [*times, Promised(now, due_by)]
    if last.due_at == due_by:
        return times
    return [*times[:-1], replace(last, withdrawn_at=now), Promised(now, due_by)]


def after_closing(
    times: Times,
    now: datetime,
    helped_at: datetime | None,
    question_at: datetime | None,
    *,
    witnessed: bool = False,
) -> Times:
    """The times once the caller was reached, given up, or helped when ringing us.

    helped_at: when the caller was rung or helped; None: now. A moment that is reported only after the due time has
    passed counts as now, unless the office was asked about it in time, or Twilio's own events say so (witnessed).
    question_at: as in `is_broken`.
    """

    def kept(one: Promised) -> datetime:
        if helped_at is None or helped_at < one.made_at:
            return now
        answered = helped_at == question_at and _waits_for_answer(one, now, question_at)
        return helped_at if witnessed or answered or not one.has_passed(now) else now

    return [replace(one, kept_at=kept(one)) if one.is_unkept else one for one in times]


def after_cancelling(times: Times, now: datetime) -> Times:
    """The times once nothing is owed to the caller any more. One that has passed stays broken."""
    return [replace(one, withdrawn_at=now) if one.is_owed(now) else one for one in times]


def judged_anew(
    times: Times,
    now: datetime,
    rings: Iterable[datetime],
    *,
    closed_at: datetime | None = None,
    cancelled: bool = False,
) -> Times:
    """The times once a ring or a closing turned out to be a mistake, or a mistake was put right.

    Only one that lies ahead can change, and one that was withdrawn by a closing which was a mistake.

    rings: when the caller really was rung, as far as it counts; closed_at: when the callback was closed; None: it is
    live.
    """
    last = times[-1] if times else None
    if last is None or (last.has_passed(now) and (last.withdrawn_at is None or closed_at is not None)):
        return times
    reasons = [at for at in rings if at >= last.made_at]
    if closed_at is not None and not cancelled:
        reasons.append(closed_at)
    kept_at = min(reasons, default=None)
    withdrawn_at = closed_at if cancelled and kept_at is None else None
    return [*times[:-1], replace(last, kept_at=kept_at, withdrawn_at=withdrawn_at)]


def after_undo(before: Times, present: Times, now: datetime) -> Times:
    """The times once a person took back a deed. before: as they were when it was done; present: as they are.

    A time that has passed keeps its judgement, also when the deed gave it: a broken one stays broken. A time that the
    deed withdrew is owed again, and counts as broken if it has passed since. A time that the deed made was told to
    nobody, and goes.
    """

    def was(one: Promised, former: Promised) -> Promised:
        return one if one.has_passed(now) and one.withdrawn_at is None else former

    kept = [was(one, former) for one, former in zip(present, before, strict=False)]
    return [*kept, *(one for one in present[len(before) :] if one.has_passed(now))]
