"""What do we keep of the figures? Days rolled up, and what callers said."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class FigureDay(Base):
    """One local day's hour of one line and group, rolled up, so that figures outlive the calls behind them."""

    __tablename__ = "figure_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)  # local date
    hour: Mapped[int] = mapped_column(primary_key=True)  # local hour
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"), primary_key=True)
    group: Mapped[str] = mapped_column(String(16), primary_key=True)
    figures: Mapped[dict[str, Any]]
    rolled_up_at: Mapped[datetime]


class SurveyAnswer(Base):
    """What one caller answered to the one question afterwards."""

    __tablename__ = "survey_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id", ondelete="SET NULL"), unique=True)
    group: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(String(8))  # yes, no
    at: Mapped[datetime] = mapped_column(index=True)
