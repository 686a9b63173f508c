"""Sets the presence of a consultant, and stops a mobile that rings for one who goes away."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult
from callcenter.presence.eligibility import State
from callcenter.presence.stored import store_presence
from callcenter.rota.model import Rota
from callcenter.routing.ringing import stop_ringing
from callcenter.routing.transaction import CallTransaction, locked_leg


def change_presence(
    session: Session,
    rota: Rota,
    code: str,
    state: State,
    until: datetime | None,
    now: datetime,
    by: str | None = None,
) -> datetime | None:
    """Store a consultant's presence, as `store_presence` does. For `away`, legs that ring the mobile are cancelled,
    which does not count as a refusal. by: as in `store_presence`. Raises as `store_presence`; not committed."""
    if state == "away":
        _cancel_ringing_legs(session, code, now)  # lock order: calls before the states of consultants
    return store_presence(session, rota, code, state, until, now, by)


def _cancel_ringing_legs(session: Session, code: str, now: datetime) -> None:
    ringing = select(Leg.id).where(
        Leg.consultant == code,
        Leg.call_id.is_not(None),
        Leg.ended_at.is_(None),
        Leg.result.is_(None),
        Leg.picked_up_at.is_(None),
    )
    for leg_id in session.scalars(ringing.order_by(Leg.id)).all():
        tx = CallTransaction(session, now)
        leg, call = locked_leg(tx, leg_id)
        stop_ringing(tx, call, [leg], LegResult.CANCELLED)
