"""What lies behind a callback? The calls that asked for it, the messages left, and the school they came from."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail
from callcenter.directory.records import Contact


def calls_behind(session: Session, callback_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The calls that made or raised a callback, newest first: id, received_at, outcome, state, wait_s."""
    statement = (
        select(Call.id, Call.received_at, Call.outcome, Call.state, Call.wait_s)
        .where(Call.callback_id == callback_id)
        .order_by(Call.received_at.desc())
    )
    return session.execute(statement).all()


def voicemails_of(session: Session, callback_ids: Sequence[int]) -> dict[int, list[Voicemail]]:
    """The messages left for these callbacks, newest first, without their sound; one SQL statement."""
    found: dict[int, list[Voicemail]] = {}
    if callback_ids:
        statement = (
            select(Call.callback_id, Voicemail)
            .join(Voicemail, Voicemail.id == Call.voicemail_id)
            .where(Call.callback_id.in_(callback_ids))
            .order_by(Voicemail.received_at.desc())
        )
        for callback_id, voicemail in session.execute(statement):
            found.setdefault(callback_id or 0, []).append(voicemail)
    return found


def school_of(session: Session, contact_id: int | None) -> str | None:
    """The DUO code of a contact, or None when it is no school."""
    if contact_id is None:
        return None
    return session.scalar(select(Contact.duo_code).where(Contact.id == contact_id))
