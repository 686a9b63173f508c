"""What does one step of a call work with? The transaction, the instant and the rota that decides."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session, make_transient_to_detached

from callcenter.errors import NotFound
from callcenter.rota import versions
from callcenter.rota.model import Rota
from callcenter.routing.records import Call, CallDecision, Leg
from callcenter.routing.states import STATE, Stage, check_transition
from callcenter.storage.base import table_of
from callcenter.storage.loading import Loader
from callcenter.storage.prepared import Prepared

# Built once: the same statements serve every call. A leg's call is locked before the leg, everywhere.
_CALLS, _LEGS = table_of(Call), table_of(Leg)
_CALL = Loader(Call, select(_CALLS).where(_CALLS.c.id == bindparam("call")).with_for_update(), fresh=True)
_CALL_OF_SID = Loader(Call, select(_CALLS).where(_CALLS.c.call_sid == bindparam("sid")).with_for_update(), fresh=True)
_CALL_OF_LEG = Loader(
    Call,
    select(_CALLS)
    .join(_LEGS, _LEGS.c.call_id == _CALLS.c.id)
    .where(_LEGS.c.id == bindparam("leg"))
    .with_for_update(of=_CALLS),
    fresh=True,
)
_LEG = Loader(Leg, select(_LEGS).where(_LEGS.c.id == bindparam("leg")).with_for_update(), fresh=True)
_LIVE_LEGS = Loader(
    Leg,
    select(_LEGS).where(_LEGS.c.call_id == bindparam("call"), _LEGS.c.ended_at.is_(None)).order_by(_LEGS.c.id),
    fresh=False,
)
_CALL_COLUMNS = tuple(column.key for column in _CALLS.columns if column.key != "id")
_INSERT_CALL = Prepared(insert(_CALLS).returning(_CALLS.c.id), _CALL_COLUMNS)
_INSERT_DECISION = Prepared(insert(table_of(CallDecision)), ("call_id", "at", "step", "reasons"))


@dataclass
class Work:
    """One unit of work on calls. The active rota is read when it is first needed: many steps need none."""

    session: Session
    now: datetime

    @cached_property
    def _active(self) -> tuple[int, Rota] | None:
        return versions.active(self.session)

    def know_active(self, number: int | None, digest: str | None) -> None:
        """The active version is known from a statement that was made anyway."""
        if number is None or digest is None:
            self._active = None
        else:
            self._active = (number, versions.compiled(self.session, number, digest))

    @property
    def rota(self) -> Rota | None:
        """The active version's rota, None while none was ever loaded."""
        return self._active[1] if self._active else None

    @property
    def version_id(self) -> int | None:
        """The active version."""
        return self._active[0] if self._active else None


def begin_work(session: Session, now: datetime) -> Work:
    """Work in this transaction with the active rota."""
    return Work(session, now)


def locked_call(session: Session, call_id: int) -> Call:
    """A call, locked until the transaction ends. Raises NotFound."""
    found = _CALL(session, {"call": call_id})
    if not found:
        raise NotFound(f"there is no call {call_id}")
    return found[0]


def known_call(session: Session, sid: str) -> Call | None:
    """The call of a sid, locked until the transaction ends, or None when it has no record yet."""
    return next(iter(_CALL_OF_SID(session, {"sid": sid})), None)


def locked_leg(session: Session, leg_id: int) -> tuple[Leg, Call]:
    """A leg and its call, locked: the call first, so that every step takes locks in one order.

    Raises NotFound.
    """
    calls, legs = _CALL_OF_LEG(session, {"leg": leg_id}), _LEG(session, {"leg": leg_id})
    if not calls or not legs:
        raise NotFound(f"there is no leg {leg_id}")
    return legs[0], calls[0]


def live_legs(session: Session, call: Call) -> list[Leg]:
    """The legs of a call whose end we have not seen."""
    # What this transaction has ended itself need not be written first to be left out.
    return [leg for leg in _LIVE_LEGS(session, {"call": call.id}) if leg.ended_at is None]


def move(call: Call, after: Stage, now: datetime) -> None:
    """Take a call to another stage. Raises IllegalTransition."""
    check_transition(Stage(call.step), after)
    call.step = after
    call.state = STATE[after]
    call.last_event_at = now
    if after != Stage.HUNTING:
        call.next_due_at = None


def store_new(work: Work, call: Call) -> None:
    """Store a new call and give it its id; one that is stored already is left to the session.

    By one plain INSERT: the session's own bookkeeping for a single row costs more than the row.
    """
    if call.id is not None:
        return
    for name in _CALL_COLUMNS:
        if name not in vars(call):
            setattr(call, name, None)
    ((call.id,),) = _INSERT_CALL(work.session.connection(), vars(call))
    make_transient_to_detached(call)
    work.session.add(call)


def decide(work: Work, call: Call, step: str, reasons: list[dict[str, object]]) -> None:
    """Keep a decision with its reasons."""
    values = {"call_id": call.id, "at": work.now, "step": step, "reasons": reasons}
    _INSERT_DECISION(work.session.connection(), values)
