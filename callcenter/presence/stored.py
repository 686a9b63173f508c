"""Stores the presence that a consultant sets, by the rules of `presence.eligibility`."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.errors import InvalidInput, NotFound
from callcenter.presence.eligibility import State, presence_end
from callcenter.presence.records import ConsultantState
from callcenter.rota.duty import day_end, last_planned_end
from callcenter.rota.model import Rota
from callcenter.storage.base import overwrite, table_of
from callcenter.storage.statements import prepared_upsert

_PRESENCE = ("presence", "presence_until", "presence_at", "presence_by")
_LONGEST_NAME = 100  # the column's width
_NEW = ("code", "not_accepted", "offers", "paused_until", *_PRESENCE)
_STORE = prepared_upsert(table_of(ConsultantState), _NEW, overwrite(["code"], _PRESENCE))
_STORE_BACK = prepared_upsert(
    table_of(ConsultantState), _NEW, overwrite(["code"], [*_PRESENCE, "paused_until", "not_accepted"])
)


def store_presence(
    session: Session,
    rota: Rota,
    code: str,
    state: State,
    until: datetime | None,
    now: datetime,
    by: str | None = None,
) -> datetime | None:
    """Store a consultant's presence. Returns the instant at which it ends by itself (UTC; None for available).

    until: the requested end (UTC), None for the policy's; the rules may shorten it. `available` also ends an automatic
    pause, because the consultant is at the telephone again. by: who sets it for the consultant, such as the login of a
    team lead; None: the consultant. The session is not committed.
    Raises NotFound for a code that is not in the rota, and InvalidInput naming `until`.
    """
    if code not in rota.consultants:
        raise NotFound(f"there is no consultant {code!r}")
    if state == "available" and until is not None:
        raise InvalidInput("until", "available has no end")
    try:
        end = presence_end(
            state, until, now, rota.policy.presence, last_planned_end(rota, code, now), day_end(rota, now)
        )
    except ValueError as error:
        raise InvalidInput("until", str(error)) from None
    store = _STORE_BACK if state == "available" else _STORE
    said = {"presence": state, "presence_until": end, "presence_at": now, "presence_by": by and by[:_LONGEST_NAME]}
    store(session.connection(), {"code": code, "not_accepted": 0, "offers": 0, "paused_until": None, **said})
    return end
