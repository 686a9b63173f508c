"""What does a consultant's own page ask that no subject answers? State, questions, names of closed callbacks."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.directory.queries import School
from callcenter.directory.records import Contact
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


def name_caller(session: Session, number: str, school: School) -> None:
    """Every callback of this number is this school's from now on. The session is not committed."""
    contact_id = session.scalar(select(Contact.id).where(Contact.duo_code == school.id))
    session.execute(
        update(Callback)
        .where(Callback.number == number, Callback.contact_id.is_(None))
        .values(contact_id=contact_id, group="school", caller_name=school.name, caller_place=school.place or None)
    )
