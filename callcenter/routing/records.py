"""Tables: whom the survey was asked, and the answers."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class SurveyQuestion(Base):
    """The question was asked once, of one number; privacy/retention.py deletes the row, and so ends that memory."""

    __tablename__ = "survey_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(String(20), unique=True)  # E.164; None: withheld, or forgotten
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"))
    group: Mapped[str] = mapped_column(String(16))
    way: Mapped[str] = mapped_column(String(8))  # survey.WAYS
    asked_at: Mapped[datetime] = mapped_column(index=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id", ondelete="SET NULL"), unique=True)
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callback.id", ondelete="SET NULL"), unique=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the link in the newest text
    answered_at: Mapped[datetime | None]  # by the link


class SurveyAnswer(Base):
    """One caller's answer to the survey question. An answer by link does not say from which number it came."""

    __tablename__ = "survey_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id", ondelete="SET NULL"), unique=True)
    group: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(String(8))  # yes, no
    way: Mapped[str] = mapped_column(String(8), default="call", server_default="call")
    at: Mapped[datetime] = mapped_column(index=True)
