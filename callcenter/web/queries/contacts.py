"""Which contact is this school? By its DUO code."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.directory.records import Contact
from callcenter.errors import NotFound


def contact_of(session: Session, duo_code: str) -> int:
    """The contact's id. Raises NotFound."""
    found = session.scalar(select(Contact.id).where(Contact.duo_code == duo_code))
    if found is None:
        raise NotFound(f"there is no school with code {duo_code!r}")
    return found
