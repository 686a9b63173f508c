"""Takes back a presence that a person set, unless it was changed meanwhile."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.errors import IllegalTransition
from callcenter.presence.records import ConsultantState

_SAID = ("presence", "presence_until", "presence_at", "presence_by")
# Setting `available` also ends an automatic pause.
_PAUSE = ("paused_until", "not_accepted")
_INSTANTS = ("presence_until", "presence_at", "paused_until")
_NOTHING_SAID = {"presence": "available", **dict.fromkeys((*_SAID[1:], "paused_until"))}


def remembered(session: Session, code: str) -> dict[str, Any]:
    """A consultant's presence before it is set, as JSON. The row is locked."""
    return {name: _text(value) for name, value in _now(_row(session, code)).items()}


def take_back(session: Session, code: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Put the presence back. before, after: what `remembered` gave before and after the deed. Not committed.

    A pause, or a call not accepted, since then stays. Raises IllegalTransition when somebody set it meanwhile.
    """
    row = _row(session, code)
    present = {name: _text(value) for name, value in _now(row).items()}
    if row is None or any(present[name] != after[name] for name in _SAID):
        raise IllegalTransition("the presence was changed meanwhile")
    names = _SAID if any(present[name] != after[name] for name in _PAUSE) else (*_SAID, *_PAUSE)
    for name in names:
        value = before[name]
        setattr(row, name, datetime.fromisoformat(value) if value and name in _INSTANTS else value)


def _row(session: Session, code: str) -> ConsultantState | None:
    statement = select(ConsultantState).where(ConsultantState.code == code).with_for_update()
    return session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()


def _now(row: ConsultantState | None) -> dict[str, Any]:
    if row is None:
        return {**_NOTHING_SAID, "not_accepted": 0}
    return {name: getattr(row, name) for name in (*_SAID, *_PAUSE)}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
