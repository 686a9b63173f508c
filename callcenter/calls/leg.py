"""Our call to one consultant's mobile."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, index_where


class Leg(Base):
    """Our call to one consultant's mobile, for a caller (call_id) or for a callback (attempt_id)."""

    __tablename__ = "leg"
    __table_args__ = (
        index_where("ended_at IS NULL", "ix_leg_expiry", "expires_at"),
        index_where("leg_sid IS NOT NULL", "uq_leg_leg_sid", "leg_sid", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), index=True)
    consultant: Mapped[str] = mapped_column(String(16))
    tier: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(8), default="rest")  # rest: created by REST; dial: <Dial><Number>
    leg_sid: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))  # queued, placed, ringing, screening, joined, ended
    offered_at: Mapped[datetime]
    ring_timeout_s: Mapped[int]
    initiated_at: Mapped[datetime | None]
    picked_up_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]  # when the claim frees itself, were the last event lost
    result: Mapped[str | None] = mapped_column(String(16))
    ring_s: Mapped[float | None]
