"""Tables: the public numbers, and the numbers that are not put through."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class Line(Base):
    """A public number. ended_at: when it was taken out of use; its calls and figures stay."""

    __tablename__ = "line"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # E.164
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BlockedNumber(Base):
    """A number whose calls are not put through. until: NULL for a block without an end."""

    __tablename__ = "blocked_number"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
