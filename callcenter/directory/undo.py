"""Takes back that a person added a number to a school, unless that was changed meanwhile."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.directory.queries import School
from callcenter.directory.records import Contact, ContactNumber
from callcenter.directory.sync import TAUGHT
from callcenter.errors import IllegalTransition
from callcenter.numbers import parse


def remembered(session: Session, duo_code: str, number: str) -> str | None:
    """Where a school has this number from: a list's kind, or `taught`; None when it does not have it."""
    row = _row(session, duo_code, parse(number) or "")
    return row.source if row is not None else None


def part(known: School, number: str, source: str | None) -> dict[str, Any] | None:
    """What takes back that `number` was added. source: what `remembered` gave before; None when nothing changed."""
    if source == TAUGHT:
        return None
    return {"school": known.id, "number": parse(number), "source": source}


def take_back(session: Session, part: Mapping[str, Any]) -> None:
    """Let the school have the number as before, or no more. Not committed.

    Raises IllegalTransition when somebody changed it meanwhile.
    """
    row = _row(session, part["school"], part["number"])
    if row is None or row.source != TAUGHT:
        raise IllegalTransition("the number was changed meanwhile")
    if part["source"] is None:
        session.delete(row)
    else:
        row.source = part["source"]


def _row(session: Session, duo_code: str, number: str) -> ContactNumber | None:
    statement = (
        select(ContactNumber)
        .join(Contact, Contact.id == ContactNumber.contact_id)
        .where(Contact.duo_code == duo_code.strip().upper(), ContactNumber.number == number)
        .with_for_update(of=ContactNumber)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()
