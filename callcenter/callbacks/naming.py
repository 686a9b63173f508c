"""Assigns the callbacks of a number to the school that a person said it belongs to, and takes that back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.directory.queries import School


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
