"""The table of rolled-up figures."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class FigureDay(Base):
    """The counts of one local hour of one line and group. They stay when the calls behind them are deleted."""

    __tablename__ = "figure_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)  # local date
    hour: Mapped[int] = mapped_column(primary_key=True)  # local hour
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"), primary_key=True)
    group: Mapped[str] = mapped_column(String(16), primary_key=True)
    figures: Mapped[dict[str, Any]]
    rolled_up_at: Mapped[datetime]
