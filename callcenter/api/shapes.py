"""How do calls, callbacks and schools look in JSON? The shapes that more than one resource gives out."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.api.values import Answered
from callcenter.directory.records import Contact

Group = Literal["school", "partner", "parent", "youth", "unknown"]


class SchoolName(Answered):
    """Which school it is, when the number alone says so. id: DUO's code of the establishment."""

    id: str
    name: str


class Listed(Answered):
    """A list's place in the whole. next: the cursor of the next page, null on the last one."""

    next: str | None = Field(default=None)


def school_names(session: Session, contact_ids: Iterable[int | None]) -> dict[int | None, SchoolName]:
    """The schools among these contacts, by contact; one statement."""
    wanted = {contact_id for contact_id in contact_ids if contact_id is not None}
    if not wanted:
        return {}
    rows = session.execute(
        select(Contact.id, Contact.duo_code, Contact.name).where(Contact.id.in_(wanted), Contact.duo_code.is_not(None))
    )
    return {contact_id: SchoolName(id=code or "", name=name) for contact_id, code, name in rows}
