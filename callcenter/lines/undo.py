"""Takes back that a number was blocked or unblocked, unless its block was changed meanwhile."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.errors import IllegalTransition
from callcenter.lines.records import BlockedNumber

_INSTANTS = ("until", "created_at")


def remembered(session: Session, number: str) -> dict[str, Any] | None:
    """The block of a number (E.164) as JSON, or None when it has none."""
    row = _row(session, number)
    if row is None:
        return None
    columns = ("number", "reason", "until", "created_at", "created_by")
    return {name: _text(getattr(row, name)) for name in columns}


def take_back(session: Session, number: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
    """Put the block of a number back. before, after: what `remembered` gave before and after the deed. Not committed.

    Raises IllegalTransition when the block was changed meanwhile.
    """
    if remembered(session, number) != after:
        raise IllegalTransition("the block was changed meanwhile")
    row = _row(session, number)
    if before is None:
        session.delete(row)
        return
    values = {name: _instant(value) if name in _INSTANTS else value for name, value in before.items()}
    session.merge(BlockedNumber(**values))


def _row(session: Session, number: str) -> BlockedNumber | None:
    statement = select(BlockedNumber).where(BlockedNumber.number == number).with_for_update()
    return session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
