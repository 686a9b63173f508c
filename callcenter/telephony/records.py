"""Tables: the outbox, receipts of answered requests, and recorded prompts."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, index_where

_PENDING = "state IN ('queued', 'taken')"
# Queries repeat the condition of the partial index word for word, values included: SQLite uses the index only then.
PENDING = text(f"outbox.{_PENDING}")
_GIVEN_UP = "state IN ('failed', 'expired')"
GIVEN_UP = text(f"outbox.{_GIVEN_UP}")


class OutboxMessage(Base):
    """One order: a request to the outside, stored in the transaction of the decision that causes it."""

    __tablename__ = "outbox"
    __table_args__ = (
        index_where(_PENDING, "ix_outbox_pending", "not_before"),
        index_where("done_at IS NOT NULL", "ix_outbox_done_at", "done_at"),
        index_where(_GIVEN_UP, "ix_outbox_given_up", "done_at"),
        index_where("dedupe_key IS NOT NULL", "uq_outbox_dedupe_key", "dedupe_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    dedupe_key: Mapped[str | None] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]]
    call_id: Mapped[int | None]
    leg_id: Mapped[int | None]
    # queued: waits; taken: leased by a worker; done; failed: an error, no retries left; expired: never tried in time;
    # dropped: not needed any more.
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime]
    taken_until: Mapped[datetime | None]  # when the lease ends
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))


class Receipt(Base):
    """The answer that a request received. A repeated request receives the same one."""

    __tablename__ = "receipt"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Text)


class PromptAudio(Base):
    """The office's own recording of one part of a prompt. It is played instead of the synthetic voice."""

    __tablename__ = "prompt_audio"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)  # the name of the part: speaking.parts
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    content_type: Mapped[str] = mapped_column(String(64))
    etag: Mapped[str] = mapped_column(String(64))
    audio: Mapped[bytes] = mapped_column(LargeBinary)
    words: Mapped[str | None] = mapped_column(String(200))  # the text recorded; None in rows older than this column
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[str] = mapped_column(String(100))
