"""What does a consultant's own page ask that no subject answers? State, questions, names of closed callbacks."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.presence.records import ConsultantState


def state_of(session: Session, code: str) -> ConsultantState | None:
    """One consultant's state, or None when nothing was ever stored."""
    return session.get(ConsultantState, code)


def asked_of(session: Session, code: str) -> list[Callback]:
    """The open callbacks of which a consultant is asked whether a talk settled them too, earliest due first."""
    asked = select(Callback).where(UNCLOSED, Callback.question_to == code).order_by(Callback.due_at, Callback.id)
    return list(session.scalars(asked))


def named(session: Session, callback_ids: Sequence[int]) -> dict[int, Callback]:
    """These callbacks by id, closed ones too."""
    if not callback_ids:
        return {}
    rows = session.scalars(select(Callback).where(Callback.id.in_(callback_ids)))
    return {callback.id: callback for callback in rows}
