"""Table: the changing state of each consultant."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class ConsultantState(Base):
    """The changing state of one consultant. Nothing clears a state that has ended: readers compare its end with now."""

    __tablename__ = "consultant_state"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    presence: Mapped[str] = mapped_column(String(16), default="available")
    presence_until: Mapped[datetime | None]
    presence_at: Mapped[datetime | None]
    presence_by: Mapped[str | None] = mapped_column(String(100))  # who set it for the consultant; None: the consultant
    reserved_for: Mapped[str | None] = mapped_column(String(48))  # a call's sid, or "callback:<id>"
    reserved_until: Mapped[datetime | None]
    talking_since: Mapped[datetime | None]
    wrap_up_until: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    not_accepted: Mapped[int] = mapped_column(default=0)  # offers in a row that were not accepted
    last_offered_at: Mapped[datetime | None]
    last_call_ended_at: Mapped[datetime | None]
    offers: Mapped[int] = mapped_column(default=0)
