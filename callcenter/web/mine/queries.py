"""Queries of the consultant's own pages: the stored state, open questions, and callbacks by id."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.directory.queries import School
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


def name_caller(session: Session, number: str, school: School) -> list[list[Any]]:
    """Assign every callback of a number without a contact to a school. The caller commits.

    Returns each one's id, group, name and place before that, for `unname_callers`.
    """
    nameless = (Callback.number == number, Callback.contact_id.is_(None))
    columns = (Callback.id, Callback.group, Callback.caller_name, Callback.caller_place)
    named = [list(row) for row in session.execute(select(*columns).where(*nameless).with_for_update())]
    session.execute(
        update(Callback)
        .where(*nameless)
        .values(
            contact_id=school.contact_id,
            group="school",
            caller_name=school.name,
            caller_place=school.place or None,
        )
    )
    return named


def unname_callers(session: Session, named: Sequence[Sequence[Any]]) -> None:
    """Take back what `name_caller` did. The caller commits."""
    for callback_id, group, name, place in named:
        values = {"contact_id": None, "group": group, "caller_name": name, "caller_place": place}
        session.execute(update(Callback).where(Callback.id == callback_id).values(**values))
