"""Who is a caller that somebody just recognised? Gives the open callbacks of a number their school."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.directory.queries import School
from callcenter.directory.records import Contact


def name_caller(session: Session, number: str, school: School) -> None:
    """Every callback of this number is this school's from now on. The session is not committed."""
    contact_id = session.scalar(select(Contact.id).where(Contact.duo_code == school.id))
    session.execute(
        update(Callback)
        .where(Callback.number == number, Callback.contact_id.is_(None))
        .values(contact_id=contact_id, group="school", caller_name=school.name, caller_place=school.place or None)
    )
