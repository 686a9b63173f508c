"""Makes a callback by hand, for a number that somebody typed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.callbacks.promises import MadeByHand, Promise, promise_by_hand
from callcenter.directory.lookup import CallerIdentity, who_calls
from callcenter.errors import CallcenterError, InvalidInput
from callcenter.lines.records import Line
from callcenter.numbers import parse
from callcenter.plaintext import plain
from callcenter.rota.model import Rota


def make_by_hand(
    session: Session, rota: Rota, number: str, now: datetime, *, by: str, note: str | None, due_by: datetime | None
) -> MadeByHand:
    """Make a callback to this number from the first line, or join the live callback of the same number.

    by: who makes it, for the audit log; due_by: the due time (UTC), also of a callback that is joined; when left out,
    the policy's working minutes decide, and a callback that is joined keeps the earlier due time.
    Raises InvalidInput naming `number`, `note` or `due_at`, CallcenterError while there is no line to call from.
    """
    if note is not None:
        plain("note", note, lines=True)
    valid = parse(number)
    if valid is None:
        raise InvalidInput("number", "this is not a valid telephone number")
    line_id = session.scalar(select(Line.id).where(Line.ended_at.is_(None)).order_by(Line.id).limit(1))
    if line_id is None:
        raise CallcenterError("there is no line yet: run `callcenter lines add NUMBER --name NAME`")
    identity = who_calls(session, valid)
    contact = identity.contact
    new = Promise(
        line_id=line_id,
        number=valid,
        group=identity.group,
        contact_id=contact.id if contact else None,
        caller_name=contact.name if contact else None,
        caller_place=identity.place,
        preferred=_preferred(rota, identity),
        reason="manual",
    )
    return promise_by_hand(session, rota, new, now, by=by, text=note, due_by=due_by)


def _preferred(rota: Rota, identity: CallerIdentity) -> str | None:
    school = identity.school
    if school is None:
        return identity.preferred
    return rota.preferred_consultant(school.duo_code, school.brin, school.municipality)
