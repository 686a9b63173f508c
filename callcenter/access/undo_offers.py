"""Stores how a person's deed can be taken back, and takes such an offer once."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from callcenter.access.records import UndoOffer
from callcenter.access.secret_hash import digest
from callcenter.access.undo_rules import TAKEN_FOR, Refusal, why_not
from callcenter.errors import CallcenterError

Part = dict[str, Any]


class UndoRefused(CallcenterError):
    """A deed can no longer be taken back. reason: as undo_rules.why_not says."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__("this can no longer be undone")
        self.reason = reason


def offer(session: Session, user_id: int, kind: str, parts: Sequence[Part], now: datetime) -> str:
    """Store how the deed that this transaction does can be taken back. Returns the secret that takes it back.

    kind: who reads the parts, such as `callback`; parts: one for each thing that was changed. Earlier offers of this
    login that are over are erased, since they hold what was typed. The caller commits.
    """
    over = (UndoOffer.user_id == user_id, UndoOffer.expires_at < now - TAKEN_FOR)
    session.execute(delete(UndoOffer).where(*over), execution_options={"synchronize_session": False})
    secret = secrets.token_urlsafe(24)
    session.add(
        UndoOffer(
            token_hash=digest(secret),
            user_id=user_id,
            kind=kind,
            parts=list(parts),
            made_at=now,
            expires_at=now + TAKEN_FOR,
        )
    )
    session.flush()
    return secret


def take(session: Session, user_id: int, secret: str, now: datetime) -> tuple[str, list[Part]]:
    """Use an offer up: its kind and its parts. The caller commits.

    One conditional UPDATE lets the first of two requests have it. Raises UndoRefused.
    """
    this = UndoOffer.token_hash == digest(secret)
    found = session.scalars(select(UndoOffer).where(this)).one_or_none()
    if found is None:
        raise UndoRefused("unknown")
    refusal = why_not(found.user_id, found.used_at, found.expires_at, user_id, now)
    if refusal is not None:
        raise UndoRefused(refusal)
    used = session.execute(
        update(UndoOffer)
        .where(UndoOffer.id == found.id, UndoOffer.used_at.is_(None))
        .values(used_at=now)
        .returning(UndoOffer.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not used:
        raise UndoRefused("used")
    return found.kind, found.parts
