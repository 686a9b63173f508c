"""The tables of callbacks and attempts, and the methods that change their rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.callbacks.rules import APPOINTMENT_SLACK, Joined, State, Verb, after, is_live, stronger_reason
from callcenter.errors import IllegalTransition
from callcenter.storage.base import Base, index_where

_UNCLOSED = "state IN ('open', 'claimed')"
# Queries use the text of the index condition: neither database uses a partial index for a condition with bound values.
UNCLOSED = text(f"callback.{_UNCLOSED}")

# Live callbacks whose caller still has to be rung: not those that only wait until a message is heard.
TO_RING = text(f"callback.{_UNCLOSED} AND callback.closes_as IS NULL")

# The states of an attempt, in their order.
QUEUED, RINGING_CONSULTANT, RINGING_CALLER, TALKING, ENDED = ATTEMPT_STATES = (
    "queued",
    "ringing_consultant",
    "ringing_caller",
    "talking",
    "ended",
)


class Callback(Base):
    """A promise to ring a caller back.

    Its state, owner and due time change by the methods below, on a row that the transaction has locked. Statements in
    owners.py, reminders.py, naming.py and `privacy` update the table itself.
    """

    __tablename__ = "callback"
    __table_args__ = (
        # One live callback per line and number, whichever worker is first.
        index_where(f"{_UNCLOSED} AND number IS NOT NULL", "uq_callback_live", "line_id", "number", unique=True),
        index_where(_UNCLOSED, "ix_callback_unclosed", "due_at"),
        Index("ix_callback_owner", "owner", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"))
    number: Mapped[str | None] = mapped_column(String(20), index=True)  # E.164; None: a message without a number
    # Keyed in by a caller, and never shown by the network: it may be somebody else's.
    number_keyed: Mapped[bool] = mapped_column(default=False)
    group: Mapped[str] = mapped_column(String(16))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    caller_name: Mapped[str | None] = mapped_column(String(200))
    caller_place: Mapped[str | None] = mapped_column(String(100))
    preferred: Mapped[str | None] = mapped_column(String(16))  # the caller's own consultant
    reason: Mapped[str] = mapped_column(
        String(16)
    )  # missed, abandoned, voicemail, requested, closed, reconciled, manual
    priority: Mapped[int] = mapped_column(default=0)  # how often the caller rang again since
    created_at: Mapped[datetime] = mapped_column(index=True)
    created_by: Mapped[str | None] = mapped_column(String(100))  # for one made by hand
    asked_at: Mapped[datetime | None]  # when the last call that made or joined it ended; None: created_at
    due_at: Mapped[datetime] = mapped_column(index=True)
    appointment_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(String(16))
    owner_since: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16))  # open, claimed, reached, unreachable, cancelled, resolved
    attempts: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    closed_in_time: Mapped[bool | None]
    late: Mapped[bool] = mapped_column(default=False)  # a time that the caller was told is broken
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    closes_as: Mapped[str | None] = mapped_column(String(16))  # the verb that closes it once its messages are heard
    question_to: Mapped[str | None] = mapped_column(String(16))  # the consultant asked whether a talk resolved it
    question_at: Mapped[datetime | None]  # when that talk, with somebody who rang from this number, began
    note: Mapped[str | None] = mapped_column(Text)
    notified_at: Mapped[datetime | None]  # when the present owner got a message about it
    reminded_at: Mapped[datetime | None]
    overdue_told_at: Mapped[datetime | None]  # when the owner was reminded that it is overdue; the lead: escalated_at
    escalated_at: Mapped[datetime | None]
    lead_warned_at: Mapped[datetime | None]  # when the lead was told before it is overdue: no owner, or nearly closing
    retimed_at: Mapped[datetime | None]  # when its time was changed, while the owner has not been told of that
    untold_at: Mapped[datetime | None]  # when a message to the present owner failed for good
    moved: Mapped[int] = mapped_column(default=0)  # how often a person moved the due time before it passed

    def assign(self, owner: str | None, now: datetime) -> None:
        """Change the owner, who then gets the messages about it. None: it has no owner.

        Raises IllegalTransition when it is closed.
        """
        self._require_live("has no owner any more")
        self.owner = owner
        self._give(now)

    def claim(self, consultant: str, now: datetime) -> None:
        """The consultant owns it and starts work on it. Raises IllegalTransition when it is closed."""
        self.start_work()
        if self.owner != consultant:
            self.assign(consultant, now)
        self.notified_at = self.notified_at or now  # a consultant who claims it needs no message
        self.retimed_at = self.untold_at = None

    def start_work(self) -> None:
        """Its owner works on it. Raises IllegalTransition when it is closed."""
        self._move("claim")

    def hand_over(self, to: str | None, now: datetime) -> bool:
        """Give it to another owner, who has not started work; None: to nobody. Returns whether the owner changed.

        Raises IllegalTransition when it is closed.
        """
        self._move("give")
        if self.owner == to:
            return False
        self.assign(to, now)
        return True

    def set_due(self, due_by: datetime) -> None:
        """Set the due time. When it changes, reminders start again. Raises IllegalTransition when it is closed."""
        self._require_live("has no due time any more")
        if self.due_at != due_by:
            self.due_at = due_by
            self.reminded_at = self.overdue_told_at = self.escalated_at = self.lead_warned_at = None

    def change_due(self, due_by: datetime, now: datetime, by: str | None = None) -> None:
        """A person sets another due time, of which the caller is not told. A later one counts in `moved`.

        by: the consultant who changes it; the owner gets a message unless it is the owner.
        """
        self._require_live("has no due time any more")
        if now <= self.due_at < due_by:
            self.moved += 1
        self._retime(due_by, None, now, by)

    def appoint(self, at: datetime, now: datetime, by: str | None = None) -> None:
        """Agree on a moment for the call, instead of a time that lies ahead: then it counts in `moved`.

        by: as in change_due.
        """
        self._require_live("has no due time any more")
        if now <= self.due_at < at:
            self.moved += 1
        self._retime(at + APPOINTMENT_SLACK, at, now, by)
        self.next_attempt_at = at

    def try_again(self, next_attempt_at: datetime | None, due_by: datetime) -> None:
        """Plan another attempt, of whose due time the caller is not told.

        An appointment stays if the next attempt is planned for it.
        """
        if next_attempt_at != self.appointment_at:
            self.appointment_at = None
        self.next_attempt_at = next_attempt_at
        self.set_due(due_by)

    def set_attempts(self, attempts: int) -> None:
        """Set the number of attempts with a result. A planned closing is cancelled."""
        self.attempts = attempts
        self.closes_as = None

    def take_back_attempt(self) -> None:
        """One attempt counts no longer, since its result is corrected."""
        self.attempts = max(0, self.attempts - 1)

    def join_call(self, joined: Joined, asked_at: datetime, now: datetime) -> None:
        """Its caller rang again and left at `asked_at`. The caller can be rung at once.

        Another due time replaces an appointment: one time holds, the one that the caller was told last.
        """
        self.reason, self.priority = joined.reason, joined.priority
        if joined.due_at != self.due_at:
            self._retime(joined.due_at, None, now, None)
        self.stop_waiting()
        self.asked_at = max(self.asked_at or self.created_at, asked_at)
        self.next_attempt_at = None

    def confirm_number(self) -> None:
        """The network showed this number for a call, so it was not only keyed in."""
        self.number_keyed = False

    def join_message(self) -> None:
        """It has a message now, which Twilio reported only after the call."""
        self.reason = stronger_reason(self.reason, "voicemail")
        self.stop_waiting()

    def close(self, verb: Verb, now: datetime, cancel_reason: str | None = None) -> None:
        """Close it; `judge` then says whether that was in time. Raises IllegalTransition when it is closed."""
        self._move(verb)
        self.closed_at = now
        self.cancel_reason = cancel_reason
        self.next_attempt_at = None
        self.stop_waiting()

    def judge(self, broken: bool) -> None:
        """Store whether a time that the caller was told is broken. Once late it stays late."""
        self.late = self.late or broken
        if not is_live(self.state) and self.closed_in_time is None:
            self.closed_in_time = not self.late

    def close_once_heard(self, verb: Verb) -> None:
        """Close it with `verb` as soon as its messages are heard; until then it stays live."""
        if self.state == "open" and self.owner is not None:
            self.start_work()
        self.closes_as = verb
        self.next_attempt_at = None

    def reopen(self) -> None:
        """Undo a closing. Raises IllegalTransition when it is not closed."""
        self._move("reopen")
        self.closed_at = self.closed_in_time = self.cancel_reason = None

    def put_back(self, values: Mapping[str, Any]) -> None:
        """A deed is taken back: these fields get the values that they had before it. undoing.py decides which.

        `judge` then says again whether a closing was in time.
        """
        for name, value in values.items():
            setattr(self, name, value)
        if "state" in values:
            self.closed_in_time = None

    def promise_again(self, now: datetime, due_by: datetime) -> None:
        """After reopening: the promise starts again at `now`, with new attempts."""
        self.attempts = 0
        self.appointment_at = None
        self.asked_at = now  # so that a talk already under way does not resolve it
        self.set_due(due_by)
        self._give(now)

    def owe_from_now(self, due_by: datetime) -> None:
        """Its times come from a clock that ran ahead: it is due by `due_by` at the latest, and can be rung at once.

        An appointment stays: a person chose its day.
        """
        if self.appointment_at is None:
            self.next_attempt_at = None
            self.set_due(min(self.due_at, due_by))

    def ask(self, consultant: str, since: datetime) -> None:
        """Ask the consultant whether the talk that began at `since` resolved it."""
        self.question_to, self.question_at = consultant, since

    def stop_waiting(self) -> None:
        """Cancel a planned closing: it waits for no message to be heard and for no consultant's answer."""
        self.closes_as = self.question_to = self.question_at = None

    def erase_caller(self, *, keep_name: bool, keep_reason: bool) -> None:
        """Erase the number and the note; the name unless it is public, and the reason unless the product gave it."""
        self.number = self.note = None
        self.number_keyed = False
        if not keep_reason:
            self.cancel_reason = None
        if not keep_name:
            self.caller_name = self.caller_place = None

    def _give(self, now: datetime) -> None:
        """Its owner has it from now on, and gets every message about it anew."""
        self.owner_since = now if self.owner else None
        self.notified_at = self.reminded_at = self.overdue_told_at = self.retimed_at = self.untold_at = None
        if self.owner is None:
            self.lead_warned_at = None

    def _retime(self, due_by: datetime, appointment_at: datetime | None, now: datetime, by: str | None) -> None:
        changed = (due_by, appointment_at) != (self.due_at, self.appointment_at)
        self.set_due(due_by)
        self.appointment_at = appointment_at
        if changed:
            self.retimed_at = None if self.owner == by else now

    def _require_live(self, why: str) -> None:
        if not is_live(self.state):
            raise IllegalTransition(f"a callback that is {self.state} {why}")

    def _move(self, verb: Verb) -> None:
        self.state = after(cast(State, self.state), verb)


class PromisedTime(Base):
    """A time that the caller of a callback was told. It is kept or broken for ever once it has passed.

    promised_times.py writes the rows, and keeping.py decides.
    """

    __tablename__ = "promised_time"
    __table_args__ = (
        index_where("counted_at IS NULL AND withdrawn_at IS NULL", "ix_promised_time_uncounted", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    kept_at: Mapped[datetime | None]  # when the caller was first rung or helped since; the promise was kept if in time
    withdrawn_at: Mapped[datetime | None]  # when nothing was owed any more, before it was due
    counted_at: Mapped[datetime | None]  # when it was counted as kept or broken: reachability/promise_totals.py


class CallbackAttempt(Base):
    """One attempt at a callback: our call to the consultant, then to the caller.

    An attempt that a person reports has no calls. Its state changes by the methods below, on a locked row.
    """

    __tablename__ = "callback_attempt"
    __table_args__ = (
        # A second press while it is ringing does nothing.
        index_where("ended_at IS NULL", "uq_callback_attempt_live", "callback_id", unique=True),
        index_where("confirmed_at IS NULL", "ix_callback_attempt_unconfirmed", "consultant", "started_at"),
        index_where("result IS NULL", "ix_callback_attempt_without_result", "ended_at"),
        index_where("dialled_at IS NOT NULL", "ix_callback_attempt_dialled", "dialled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id", ondelete="CASCADE"), index=True)
    consultant: Mapped[str | None] = mapped_column(String(16))
    started_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(24))  # queued, ringing_consultant, ringing_caller, talking, ended
    leg_sid: Mapped[str | None] = mapped_column(String(64), unique=True)  # the consultant's leg
    callee_sid: Mapped[str | None] = mapped_column(String(64))  # the caller's leg
    dialled_at: Mapped[datetime | None]  # when the caller was rung
    answered_at: Mapped[datetime | None]  # when the caller picked up
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    talk_s: Mapped[float | None]
    suggested: Mapped[str | None] = mapped_column(String(16))  # a result, or `unclear`: what the call itself suggests
    result: Mapped[str | None] = mapped_column(String(16))  # reached, no_answer, voicemail, wrong_number, not_made
    confirmed_at: Mapped[datetime | None]  # when a person reported the result
    by: Mapped[str | None] = mapped_column(String(100))

    @property
    def rung_at(self) -> datetime:
        """When the caller was rung; for an attempt that never got so far, its start."""
        return self.dialled_at or self.started_at

    def advance(self, state: str, expires_at: datetime | None = None) -> bool:
        """Move to a later state. Late and repeated events never move it back. Returns whether it moved."""
        if self.ended_at is not None or ATTEMPT_STATES.index(state) <= ATTEMPT_STATES.index(self.state):
            return False
        self.state = state
        if expires_at is not None:
            self.expires_at = expires_at
        return True

    def extend(self, until: datetime) -> None:
        """Expire at `until` at the earliest."""
        self.expires_at = max(self.expires_at, until)

    def adopt_leg(self, sid: str) -> bool:
        """Store the sid of the consultant's leg unless one is stored. Returns whether `sid` is this attempt's leg."""
        self.leg_sid = self.leg_sid or sid
        return self.leg_sid == sid

    def adopt_caller_leg(self, sid: str) -> None:
        """Store the sid of the caller's leg unless one is stored."""
        self.callee_sid = self.callee_sid or sid

    def dial_caller(self, now: datetime, expires_at: datetime) -> bool:
        """The caller is dialled. Returns False when the attempt has come further already."""
        if not self.advance(RINGING_CALLER, expires_at):
            return False
        self.dialled_at = now
        return True

    def caller_answered(self, now: datetime) -> None:
        """The caller picked up."""
        self.answered_at = self.answered_at or now
        self.advance(TALKING)

    def suggest(self, result: str, talk_s: float | None) -> None:
        """Store the result that the call suggests. talk_s: the length of the talk, for `reached` and `unclear`."""
        self.suggested = result
        self.talk_s = talk_s if result in ("reached", "unclear") else None

    def end(self, now: datetime) -> bool:
        """End it. Without a call to the caller it suggests `not_made`. Returns False when it had ended before."""
        if self.ended_at is not None:
            return False
        self.ended_at = now
        self.state = ENDED
        if self.dialled_at is None:
            self.suggested = self.suggested or "not_made"
        return True

    def confirm(self, now: datetime) -> None:
        """A person reported its result."""
        self.confirmed_at = now
