"""The row of a leg, our call to one consultant's mobile, and the methods that change it.

No other file assigns its attributes (tests/unit/test_calls_change_by_verbs.py). An UPDATE statement in
`routing.effects` changes some columns too. Events may come late, twice or in another order. Some methods ignore those;
the callers of the others check first. `routing.ringing` adds the claim on the consultant."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.calls.stages import LegResult
from callcenter.storage.base import Base, index_where

# A person who picked up presses 1 within this time. After it the leg is mostly a personal voicemail: it may still be
# accepted, but another mobile rings in its place.
PATIENCE = timedelta(seconds=8)
# An engaged mobile is reported at once. `busy` after this many seconds means that a person declined the call.
DECLINE_S = 3
DOUBTED = "doubted"
# Twilio's final CallStatus values.
FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


class Leg(Base):
    """Our call to one consultant's mobile, for a caller."""

    __tablename__ = "leg"
    __table_args__ = (
        index_where("ended_at IS NULL", "ix_leg_expiry", "expires_at"),
        index_where("leg_sid IS NOT NULL", "uq_leg_leg_sid", "leg_sid", unique=True),
        Index("ix_leg_offered_at", "offered_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), index=True)
    consultant: Mapped[str] = mapped_column(String(16))
    tier: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(8), default="rest")  # rest: created by REST; dial: <Dial><Number>
    leg_sid: Mapped[str | None] = mapped_column(String(64))
    # queued, placed, doubted, ringing, screening, joined, cancelling, ended
    state: Mapped[str] = mapped_column(String(16))
    offered_at: Mapped[datetime]
    ring_timeout_s: Mapped[int]
    initiated_at: Mapped[datetime | None]
    picked_up_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]  # when the claim expires if the last event is lost
    result: Mapped[str | None] = mapped_column(String(16))
    ring_s: Mapped[float | None]

    # Twilio's reports

    def note_sid(self, sid: str | None) -> None:
        """Store Twilio's sid of this leg; the first report counts."""
        self.leg_sid = self.leg_sid or sid

    def begin(self, now: datetime) -> bool:
        """Twilio began to call the mobile. Returns False when that was stored before."""
        if self.initiated_at is not None:
            return False
        self.initiated_at = now
        if self.state in ("queued", DOUBTED):
            self.state = "placed"
        return True

    def ring(self) -> None:
        """The mobile rings."""
        if self.state in ("queued", "placed"):
            self.state = "ringing"

    def pick_up(self, now: datetime) -> None:
        """A person or a personal voicemail picked up."""
        self.picked_up_at = self.picked_up_at or now

    def screen(self) -> None:
        """The screening is played: who is calling, and the request to press 1."""
        self.state = "screening"

    def place(self, sid: str) -> None:
        """Twilio's call list shows that the leg was created."""
        self.leg_sid = sid
        if self.state == "queued":
            self.state = "placed"

    def doubt(self) -> bool:
        """It is unknown whether Twilio created this leg. Returns False if it has a sid, an event or a result by now."""
        if self.result is not None or self.leg_sid is not None or self.initiated_at is not None:
            return False
        self.state = DOUBTED
        return True

    # Results

    def fix_result(self, result: LegResult, now: datetime) -> bool:
        """Fix the result of the offer, and how long the mobile rang. Returns False when there was a result before."""
        if self.result is not None:
            return False
        self.result = result
        until = self.picked_up_at or now
        self.ring_s = round(max(0.0, (until - (self.initiated_at or self.offered_at)).total_seconds()), 1)
        return True

    def accept(self, now: datetime, until: datetime) -> None:
        """The consultant pressed 1. until: when the claim expires (UTC) if the last event is lost."""
        self.pick_up(now)
        self.accepted_at, self.state, self.expires_at = now, "joined", until

    def cancel(self) -> None:
        """The end of this leg, which still rings, is ordered."""
        self.state = "cancelling"

    def prolong(self, until: datetime) -> None:
        """Move the instant (UTC) at which the claim expires if the last event is lost."""
        self.expires_at = until

    def end(self, now: datetime) -> None:
        """The leg ended at an instant (UTC)."""
        self.ended_at, self.state = now, "ended"

    # Questions

    @property
    def is_ringing(self) -> bool:
        """Whether this mobile rings, or is about to."""
        return self.result is None and self.picked_up_at is None

    @property
    def is_doubted(self) -> bool:
        """Whether it is unknown if Twilio created this leg: no answer, no event, and its list did not settle it."""
        return self.result is None and self.state == DOUBTED

    @property
    def is_screening(self) -> bool:
        """Whether a person or a personal voicemail picked up and has not chosen yet."""
        return self.result is None and self.picked_up_at is not None

    def holds_a_place(self, now: datetime) -> bool:
        """Whether this leg counts among those that a tier rings at once."""
        if self.picked_up_at is None:
            return self.is_ringing and not self.is_doubted
        return self.is_screening and now < self.picked_up_at + PATIENCE

    def result_of(self, status: str, now: datetime) -> LegResult:
        """The result that Twilio's final CallStatus means for a leg without one."""
        if status == "busy":
            since = (now - (self.initiated_at or self.offered_at)).total_seconds()
            return LegResult.DECLINED if self.state == "ringing" or since >= DECLINE_S else LegResult.BUSY
        if status == "completed":
            return LegResult.VOICEMAIL
        return {"no-answer": LegResult.NO_ANSWER, "canceled": LegResult.CANCELLED}.get(status, LegResult.FAILED)
