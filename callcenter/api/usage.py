"""Notes that a token was used, and in the audit log that it read callers' numbers."""

from datetime import datetime

from flask import Response
from pydantic import BaseModel

from callcenter.access.tallies import tally
from callcenter.access.tokens import Identity, note_use
from callcenter.api.shapes import ListOutput
from callcenter.office import Office


def note_usage(office: Office, identity: Identity, now: datetime, numbers_of: str | None, answer: object) -> None:
    """Store the use of the token, at most once an hour, and what it read: `numbers_of` names it, such as "calls".

    A program may ask every ten seconds, so the audit log has a row for each token, subject and hour, with the requests
    and how many objects they showed. It is committed before the answer leaves.
    """
    if numbers_of is None and not identity.is_to_be_noted:
        return
    with office.sessions.begin() as session:
        if identity.is_to_be_noted:
            note_use(session, now, identity.token_id)
        if numbers_of is not None:
            key = f"read:{identity.token_id}:{numbers_of}"
            tally(session, now, key, identity.actor, "numbers_read", numbers_of, requests=1, shown=_shown(answer))


def _shown(answer: BaseModel | Response | object) -> int:
    items = getattr(answer, "items", None)
    return len(items) if isinstance(answer, ListOutput) and isinstance(items, list) else 1
