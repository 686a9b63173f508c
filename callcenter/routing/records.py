"""Table: the answers to the survey after a call."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class SurveyAnswer(Base):
    """One caller's answer to the survey question."""

    __tablename__ = "survey_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id", ondelete="SET NULL"), unique=True)
    group: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(String(8))  # yes, no
    at: Mapped[datetime] = mapped_column(index=True)
