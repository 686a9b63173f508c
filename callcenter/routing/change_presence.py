"""Setting the presence of a consultant: the stored state, and what follows for a mobile that rings."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult
from callcenter.presence.eligibility import State
from callcenter.presence.stored import set_presence
from callcenter.rota.model import Rota
from callcenter.routing.ringing import stop_ringing
from callcenter.routing.transaction import CallTransaction, locked_leg


def change_presence(
    session: Session, rota: Rota, code: str, state: State, until: datetime | None, now: datetime
) -> datetime | None:
    """Store a consultant's presence, as `set_presence` does. For `away` a mobile that rings for a caller is let go;
    that is no refusal. Raises as `set_presence`; not committed."""
    if state == "away":
        _let_go(session, code, now)  # calls are locked before the states of consultants, everywhere
    return set_presence(session, rota, code, state, until, now)


def _let_go(session: Session, code: str, now: datetime) -> None:
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
