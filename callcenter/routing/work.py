"""What does one step of a call work with? The transaction, the instant and the rota that decides."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.errors import NotFound
from callcenter.rota import versions
from callcenter.rota.model import Rota
from callcenter.routing.records import Call, CallDecision, Leg
from callcenter.routing.states import STATE, Stage, check_transition


@dataclass(frozen=True, slots=True)
class Work:
    """One unit of work on calls. rota: the active version, None while none was ever loaded."""

    session: Session
    now: datetime
    version_id: int | None
    rota: Rota | None


def begin_work(session: Session, now: datetime) -> Work:
    """Work in this transaction with the active rota."""
    active = versions.active(session)
    return Work(session, now, *active) if active else Work(session, now, None, None)


def locked_call(session: Session, call_id: int) -> Call:
    """A call, locked until the transaction ends. Raises NotFound."""
    call = session.get(Call, call_id, with_for_update=True, populate_existing=True)
    if call is None:
        raise NotFound(f"there is no call {call_id}")
    return call


def locked_leg(session: Session, leg_id: int) -> tuple[Leg, Call]:
    """A leg and its call; the call is locked first, so that every step takes locks in one order. Raises NotFound."""
    call_id = session.scalar(select(Leg.call_id).where(Leg.id == leg_id))
    if call_id is None:
        raise NotFound(f"there is no leg {leg_id}")
    call = locked_call(session, call_id)
    leg = session.get_one(Leg, leg_id, populate_existing=True)
    return leg, call


def live_legs(session: Session, call: Call) -> list[Leg]:
    """The legs of a call whose end we have not seen."""
    return list(session.scalars(select(Leg).where(Leg.call_id == call.id, Leg.ended_at.is_(None)).order_by(Leg.id)))


def move(call: Call, after: Stage, now: datetime) -> None:
    """Take a call to another stage. Raises IllegalTransition."""
    check_transition(Stage(call.step), after)
    call.step = after
    call.state = STATE[after]
    call.last_event_at = now
    if after != Stage.HUNTING:
        call.next_due_at = None


def decide(work: Work, call: Call, step: str, reasons: list[dict[str, object]]) -> None:
    """Keep a decision with its reasons."""
    work.session.add(CallDecision(call_id=call.id, at=work.now, step=step, reasons=reasons))
