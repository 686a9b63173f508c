"""Queries of the consultant's own pages: the stored state, open questions, and callbacks by id."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.presence.records import ConsultantState


def state_of(session: Session, code: str) -> ConsultantState | None:
    """One consultant's stored state, or None when none was ever stored."""
    return session.get(ConsultantState, code)


def with_question_to(session: Session, code: str) -> list[Callback]:
    """The open callbacks that a consultant may already have settled in a conversation, earliest due first."""
    statement = select(Callback).where(UNCLOSED, Callback.question_to == code).order_by(Callback.due_at, Callback.id)
    return list(session.scalars(statement))


def callbacks_by_id(session: Session, callback_ids: Sequence[int]) -> dict[int, Callback]:
    """These callbacks by id, closed ones included."""
    if not callback_ids:
        return {}
    rows = session.scalars(select(Callback).where(Callback.id.in_(callback_ids)))
    return {callback.id: callback for callback in rows}
