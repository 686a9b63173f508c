"""One inbound call, from its first webhook to its one outcome."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, index_where


class Call(Base):
    """One inbound call, from its first webhook to its one outcome."""

    __tablename__ = "call"
    __table_args__ = (
        index_where("ended_at IS NULL", "ix_call_live", "from_number", "state", "line_id"),
        index_where("next_due_at IS NOT NULL", "ix_call_due", "next_due_at"),
        index_where("places > 0", "ix_call_waiting", "received_at"),
        index_where("outcome IS NOT NULL", "ix_call_outcome", "outcome", "received_at"),
        index_where("contact_id IS NOT NULL", "ix_call_contact", "contact_id", "received_at"),
        index_where("callback_id IS NOT NULL", "ix_call_callback_id", "callback_id"),
        Index("ix_call_from_number", "from_number", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_sid: Mapped[str] = mapped_column(String(64), unique=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"))
    from_number: Mapped[str | None] = mapped_column(String(20))  # E.164, None when withheld
    keyed_number: Mapped[str | None] = mapped_column(String(20))  # keyed in by a caller who withholds the number
    group: Mapped[str] = mapped_column(String(16))  # school, partner, parent, youth, unknown
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    caller_name: Mapped[str | None] = mapped_column(String(200))  # of the contact, as it was then; "one of" when shared
    caller_place: Mapped[str | None] = mapped_column(String(100))
    shared_by: Mapped[int] = mapped_column(default=0)  # how many contacts have this number, when more than one
    forwarded_from: Mapped[str | None] = mapped_column(String(20))
    rescued_for: Mapped[str | None] = mapped_column(String(16))  # the consultant who was dialled directly
    staff: Mapped[str | None] = mapped_column(String(16))  # the consultant who rings the line
    language: Mapped[str] = mapped_column(String(2), default="nl")

    received_at: Mapped[datetime] = mapped_column(index=True)
    in_hours: Mapped[bool]
    rota_version_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16))  # as the API tells it: ringing, connected, message, ended
    step: Mapped[str] = mapped_column(String(24))  # where the caller is: calls/stages.py
    turn: Mapped[int] = mapped_column(default=0)  # hold turns so far
    preferred: Mapped[str | None] = mapped_column(String(16))  # this caller's own consultant
    areas: Mapped[list[Any]] = mapped_column(default=list)  # the caller's municipalities and regions, case-folded

    # Index in the policy's tiers; -1 before the first, their number once all were tried.
    tier: Mapped[int] = mapped_column(default=-1)
    tier_ends_at: Mapped[datetime | None]
    tier_list: Mapped[list[Any]] = mapped_column(default=list)  # consultants of this tier not yet offered, in order
    offered_to: Mapped[list[Any]] = mapped_column(default=list)  # consultants offered in this hunt
    # Consultants whose mobile was engaged, each with the instant from which it is tried once more (code to ISO text).
    engaged: Mapped[dict[str, Any]] = mapped_column(default=dict)
    places: Mapped[int] = mapped_column(default=0)  # how many more mobiles could ring now, were somebody free
    deadline_at: Mapped[datetime | None]  # the hunt's cap
    next_due_at: Mapped[datetime | None]  # when the clock has to look at this call
    rest_down: Mapped[bool] = mapped_column(default=False)  # legs cannot be placed: ring by <Dial>

    # Requests to Twilio that make the caller's call ask its next document: see routing/fetching.py.
    fetch_ordered_at: Mapped[datetime | None]  # None once its document was asked for, or it failed for good
    fetches: Mapped[int] = mapped_column(default=0)  # handed to Twilio
    fetches_over: Mapped[int] = mapped_column(default=0)  # of those: asked their document, or were refused
    fetch_sent_at: Mapped[datetime | None]  # the last one

    answered_leg_id: Mapped[int | None]
    answered_by: Mapped[str | None] = mapped_column(String(16))
    accepted_at: Mapped[datetime | None]
    connected_at: Mapped[datetime | None]
    message_at: Mapped[datetime | None]  # when the wait ended in a message or a choice
    wants_callback: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))
    outcome_at: Mapped[datetime | None]
    counted: Mapped[bool] = mapped_column(default=False)  # offered: counts in reachability
    wait_s: Mapped[float | None]
    talk_s: Mapped[float | None]
    voicemail_id: Mapped[int | None]
    nothing_recorded: Mapped[bool] = mapped_column(default=False)  # Twilio's word on the last recording
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callback.id", ondelete="SET NULL"))
    promised_at: Mapped[datetime | None]  # the time we told the caller
    last_event_at: Mapped[datetime]
    reconciled: Mapped[bool] = mapped_column(default=False)  # known only from Twilio's call list
