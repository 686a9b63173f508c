"""What do we store of a promise? Callback tasks and the attempts to keep them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, index_where

_UNCLOSED = "state IN ('open', 'claimed')"
# Also the condition of the queries that ask for them: neither database takes a partial index where values are bound.
UNCLOSED = text(f"callback.{_UNCLOSED}")

# Of those, the ones whose caller is still to be rung: not those that wait only for a message to be heard.
TO_RING = text(f"callback.{_UNCLOSED} AND callback.closes_as IS NULL")


class Callback(Base):
    """One promise to ring somebody back, until it is kept or cannot be."""

    __tablename__ = "callback"
    __table_args__ = (
        # One open callback per line and number, whichever worker is first.
        index_where(f"{_UNCLOSED} AND number IS NOT NULL", "uq_callback_live", "line_id", "number", unique=True),
        index_where(_UNCLOSED, "ix_callback_unclosed", "due_at"),
        Index("ix_callback_owner", "owner", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"))
    number: Mapped[str | None] = mapped_column(String(20), index=True)  # E.164; None: a message without a number
    group: Mapped[str] = mapped_column(String(16))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    caller_name: Mapped[str | None] = mapped_column(String(200))
    caller_place: Mapped[str | None] = mapped_column(String(100))
    preferred: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(
        String(16)
    )  # missed, abandoned, voicemail, requested, closed, reconciled, manual
    priority: Mapped[int] = mapped_column(default=0)  # how often the caller rang again since
    created_at: Mapped[datetime] = mapped_column(index=True)
    created_by: Mapped[str | None] = mapped_column(String(100))  # for one made by hand
    asked_at: Mapped[datetime | None]  # when the last of those to whom it is promised left us; None: created_at
    due_at: Mapped[datetime] = mapped_column(index=True)
    appointment_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(String(16))
    owner_since: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16))  # open, claimed, reached, unreachable, cancelled, resolved
    attempts: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    closed_in_time: Mapped[bool | None]
    late: Mapped[bool] = mapped_column(default=False)  # nobody had tried by the first promised time
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    closes_as: Mapped[str | None] = mapped_column(String(16))  # the verb that closes it once its messages were heard
    question_to: Mapped[str | None] = mapped_column(String(16))  # who is asked whether a talk settled it, and …
    question_at: Mapped[datetime | None]  # … when that talk, with somebody who rang from this number, ended
    note: Mapped[str | None] = mapped_column(Text)
    notified_at: Mapped[datetime | None]  # when the present owner was told of it
    reminded_at: Mapped[datetime | None]
    overdue_told_at: Mapped[datetime | None]  # when the owner was told that it is overdue; the lead: escalated_at
    escalated_at: Mapped[datetime | None]


class CallbackAttempt(Base):
    """One try to keep the promise: our call to the consultant, then to the caller."""

    __tablename__ = "callback_attempt"
    __table_args__ = (
        # A second press while it is ringing does nothing.
        index_where("ended_at IS NULL", "uq_callback_attempt_live", "callback_id", unique=True),
        index_where("confirmed_at IS NULL", "ix_callback_attempt_unconfirmed", "consultant", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id", ondelete="CASCADE"), index=True)
    consultant: Mapped[str | None] = mapped_column(String(16))
    started_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(24))  # queued, ringing_consultant, ringing_caller, talking, ended
    leg_sid: Mapped[str | None] = mapped_column(String(64), unique=True)  # the consultant's leg
    callee_sid: Mapped[str | None] = mapped_column(String(64))
    dialled_at: Mapped[datetime | None]  # when the caller was rung
    answered_at: Mapped[datetime | None]  # when the caller picked up
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    talk_s: Mapped[float | None]
    suggested: Mapped[str | None] = mapped_column(String(16))  # what the call itself says
    result: Mapped[str | None] = mapped_column(String(16))  # reached, no_answer, voicemail, wrong_number, not_made
    confirmed_at: Mapped[datetime | None]  # when a person said what came of it
    by: Mapped[str | None] = mapped_column(String(100))
