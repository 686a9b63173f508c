"""What follows at once when a consultant says where he or she is? The one door by which presence is said."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult
from callcenter.presence.eligibility import State
from callcenter.presence.stored import set_presence
from callcenter.rota.model import Rota
from callcenter.routing import legs as leg_life
from callcenter.routing.work import begin_work, locked_leg


def say_presence(
    session: Session, rota: Rota, code: str, state: State, until: datetime | None, now: datetime
) -> datetime | None:
    """Store what a consultant says, as `set_presence` does; whoever goes away is not rung any longer.

    A mobile that rings for a caller is let go, and that is no refusal. Raises as `set_presence`; not committed.
    """
    if state == "away":
        _let_go(session, code, now)  # calls are locked before the states of consultants, as by every step of a call
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
        work = begin_work(session, now)
        leg, call = locked_leg(work, leg_id)
        leg_life.stop(work, call, [leg], LegResult.CANCELLED)
