"""Tables: the decisions on a call, and the messages that callers leave."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class CallDecision(Base):
    """One decision on a call, with the reason why each consultant was rung or not."""

    __tablename__ = "call_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    title: Mapped[str] = mapped_column("step", String(32))  # "line", "wait", "message: cap" ...
    reasons: Mapped[list[Any]]
    rota_version_id: Mapped[int | None]  # the version that decided; NULL: the call's own version


class Voicemail(Base):
    """A message that a caller recorded."""

    __tablename__ = "voicemail"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id", ondelete="SET NULL"), index=True)
    recording_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    recording_url: Mapped[str | None] = mapped_column(String(500))  # not written any more
    duration_s: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))  # announced, stored, lost, erased
    heard_at: Mapped[datetime | None]  # when somebody of the office played it or marked it as heard
    heard_by: Mapped[str | None] = mapped_column(String(100))  # a consultant's code, else the login's or token's name
    deleted_at_twilio_at: Mapped[datetime | None]


class VoicemailAudio(Base):
    """The sound of a message, in its own table so that reading a message does not load it."""

    __tablename__ = "voicemail_audio"

    voicemail_id: Mapped[int] = mapped_column(ForeignKey("voicemail.id", ondelete="CASCADE"), primary_key=True)
    content_type: Mapped[str] = mapped_column(String(64))
    audio: Mapped[bytes] = mapped_column(LargeBinary)
