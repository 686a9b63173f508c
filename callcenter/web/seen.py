"""Refuses a form whose callback was changed after its page was shown. The page's forms hold tags of what it showed."""

from flask import request
from sqlalchemy.orm import Session

from callcenter.callbacks import verbs
from callcenter.callbacks.changes import ChangedMeanwhile, note_tag, promise_tag, refuse_changed
from callcenter.callbacks.locks import lock_callback
from callcenter.web.page import now, visitor


def refuse_if_changed(session: Session, callback_id: int, seen: str | None) -> None:
    """Lock the callback, and raise ChangedMeanwhile when it is not as the page showed it.

    seen: the tag that the page holds; None: a form without one, which is not checked.
    """
    if seen:
        refuse_changed(session, callback_id, seen.__eq__)


def refuse_if_promised_anew(session: Session, callback_id: int) -> None:
    """As `refuse_if_changed`, for the state, owner, due time and appointment only. A consultant's own call changes the
    attempts behind the page's back, which is no reason to refuse the consultant."""
    seen = request.form.get("promise_seen")
    if seen and promise_tag(lock_callback(session, callback_id)) != seen:
        raise ChangedMeanwhile


def keep_note(session: Session, callback_id: int, *, one_line: bool = False) -> None:
    """Store the typed note, unless it is the one that the page showed. Raises ChangedMeanwhile when somebody else
    wrote another one meanwhile.

    one_line: it was typed in a field of one line; `note_seen` is then the tag of the note in one line.
    """
    typed, seen = request.form.get("note", ""), request.form.get("note_seen")
    if seen:
        stored = note_tag(callback_id, lock_callback(session, callback_id).note, one_line=one_line)
        new = note_tag(callback_id, typed, one_line=one_line)
        if new in (seen, stored):
            return
        if stored != seen:
            raise ChangedMeanwhile
    verbs.note(session, callback_id, typed, visitor().email, now())
