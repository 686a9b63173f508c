"""What does one step of a call work with? The transaction, the instant and the rota that decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, insert, select, true
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision
from callcenter.calls.stages import STATE, Stage, check_transition
from callcenter.errors import NotFound
from callcenter.lines.records import Line
from callcenter.presence import claims
from callcenter.presence.eligibility import PersonState
from callcenter.rota import versions
from callcenter.rota.model import Rota
from callcenter.routing.waiting import EVERYBODY_WAITING, FIRST_WAITING, WaitingCall, waiting_told
from callcenter.storage.base import table_of
from callcenter.storage.kept import is_kept, keep_row
from callcenter.storage.later import write_later
from callcenter.storage.loading import Loader, new_row
from callcenter.storage.prepared import Prepared, Row

# Built once: the same statements serve every call. A leg's call is locked before the leg, everywhere.
_CALLS, _LEGS = table_of(Call), table_of(Leg)
_NEWEST = versions.NEWEST.subquery("newest")
# Each brings the rota's active version along, which decides most steps.
_ONE_CALL = select(_CALLS, _NEWEST).outerjoin(_NEWEST, true()).with_for_update(of=_CALLS)
_CALL = Loader([Call], _ONE_CALL.where(_CALLS.c.id == bindparam("call")), fresh=True)
_CALL_OF_SID = Loader([Call], _ONE_CALL.where(_CALLS.c.call_sid == bindparam("sid")), fresh=True)
_CALL_AND_LEG = Loader(
    [Call, Leg],
    select(_CALLS, _LEGS, _NEWEST)
    .join_from(_CALLS, _LEGS, _LEGS.c.call_id == _CALLS.c.id)
    .outerjoin(_NEWEST, true())
    .where(_LEGS.c.id == bindparam("leg"))
    .with_for_update(of=(_CALLS, _LEGS)),
    fresh=True,
)
# All of a call's legs, with those that are over: asked for the live ones only, PostgreSQL looks through everybody's.
_LEGS_OF = Loader([Leg], select(_LEGS).where(_LEGS.c.call_id == bindparam("call")).order_by(_LEGS.c.id), fresh=False)
_LEG = Loader([Leg], select(_LEGS).where(_LEGS.c.id == bindparam("leg")), fresh=False)
_LINE = Prepared(select(table_of(Line).c.number).where(table_of(Line).c.id == bindparam("line")))
_LOOK = Prepared(select(claims.STATES, FIRST_WAITING))
_WHOLE_LOOK = Prepared(select(claims.STATES, EVERYBODY_WAITING))
_CALL_COLUMNS = tuple(column.key for column in _CALLS.columns)
_NOTHING_KNOWN = dict.fromkeys(_CALL_COLUMNS)
_INSERT_CALL = Prepared(insert(_CALLS), _CALL_COLUMNS)
_INSERT_AND_NUMBER = Prepared(insert(_CALLS).returning(_CALLS.c.id), _CALL_COLUMNS)
_INSERT_DECISION = Prepared(insert(table_of(CallDecision)), ("call_id", "at", "step", "reasons", "rota_version_id"))

Told = Sequence[Sequence[Any]] | None


@dataclass
class Work:
    """One unit of work on calls. The active rota is read when it is first needed: many steps need none."""

    session: Session
    now: datetime
    for_the_clock: bool = False  # nobody waits for an answer: all who wait are read
    _told: tuple[int | None, str | None] | None = field(default=None, init=False)
    _states_told: tuple[Told] | None = field(default=None, init=False)

    @cached_property
    def _active(self) -> tuple[int, Rota] | None:
        if self._told is None:
            return versions.active(self.session)
        number, digest = self._told
        if number is None or digest is None:
            return None
        return number, versions.compiled(self.session, number, digest)

    def know_active(self, number: int | None, digest: str | None) -> None:
        """The active version is known from a statement that was made anyway."""
        self._told = number, digest

    def know_states(self, told: Told) -> None:
        """Everybody's state (`claims.STATES`) is known from a statement that was made anyway."""
        self._states_told = (told,)

    def forget_states(self) -> None:
        """What was told has changed since: it is asked anew."""
        self._states_told = None

    def look(self) -> tuple[Mapping[str, PersonState], Sequence[WaitingCall] | None]:
        """Everybody's state, and who waits for somebody to come free. As it is now, or once as it was told: then who
        waits is None, for that is not known."""
        told, self._states_told = self._states_told, None
        if told is not None:
            return claims.states_told(told[0]), None
        look = _WHOLE_LOOK if self.for_the_clock else _LOOK
        ((states, waiting),) = look(self.session.connection(), {})
        return claims.states_told(states), waiting_told(waiting)

    @property
    def rota(self) -> Rota | None:
        """The active version's rota, None while none was ever loaded."""
        return self._active[1] if self._active else None

    @property
    def version_id(self) -> int | None:
        """The active version."""
        return self._active[0] if self._active else None


def begin_work(session: Session, now: datetime, *, for_the_clock: bool = False) -> Work:
    """Work in this transaction with the active rota."""
    return Work(session, now, for_the_clock)


def locked_call(work: Work, call_id: int) -> Call:
    """A call, locked until the transaction ends. Raises NotFound."""
    call = _brought(work, _CALL(work.session, {"call": call_id}))
    if call is None:
        raise NotFound(f"there is no call {call_id}")
    return call


def known_call(work: Work, sid: str) -> Call | None:
    """The call of a sid, locked until the transaction ends, or None when it has no record yet."""
    return _brought(work, _CALL_OF_SID(work.session, {"sid": sid}))


def _brought(work: Work, rows: list[Row]) -> Call | None:
    for call, version, digest in rows:
        work.know_active(version, digest)
        assert isinstance(call, Call)
        return call
    return None


def locked_leg(work: Work, leg_id: int) -> tuple[Leg, Call]:
    """A leg and its call, locked: the call first, so that every step takes locks in one order.

    Raises NotFound.
    """
    for call, leg, version, digest in _CALL_AND_LEG(work.session, {"leg": leg_id}):
        work.know_active(version, digest)
        return leg, call
    raise NotFound(f"there is no leg {leg_id}")


def live_legs(session: Session, call: Call) -> list[Leg]:
    """The legs of a call whose end we have not seen."""
    return [leg for (leg,) in _LEGS_OF(session, {"call": call.id}) if leg.ended_at is None]


def answering_leg(session: Session, call: Call) -> Leg | None:
    """The leg of the consultant who accepted the call, None while nobody has."""
    for (leg,) in _LEG(session, {"leg": call.answered_leg_id}):
        assert isinstance(leg, Leg)
        return leg
    return None


def line_number_of(work: Work, call: Call) -> str:
    """The public number of a call's line."""
    ((number,),) = _LINE(work.session.connection(), {"line": call.line_id})
    return str(number)


def move(call: Call, after: Stage, now: datetime) -> None:
    """Take a call to another stage. Raises IllegalTransition."""
    check_transition(Stage(call.step), after)
    call.step = after
    call.state = STATE[after]
    call.last_event_at = now
    if after != Stage.HUNTING:
        call.next_due_at, call.places = None, 0


def new_call(**values: Any) -> Call:
    """A call that is not stored yet; what is not given is None."""
    return new_row(Call, {**_NOTHING_KNOWN, **values})


def store_new(work: Work, call: Call) -> None:
    """Store a new call and give it its id; one that is stored already is left to the session.

    By one plain INSERT: the session's own bookkeeping for a single row costs more than the row.
    """
    if is_kept(work.session, call):
        return
    if call.id is None:
        ((call.id,),) = _INSERT_AND_NUMBER(work.session.connection(), vars(call))
    else:
        write_later(work.session, _INSERT_CALL, dict(vars(call)))
    keep_row(work.session, call)


def decide(work: Work, call: Call, step: str, reasons: list[dict[str, object]]) -> None:
    """Keep a decision with its reasons."""
    values = {
        "call_id": call.id,
        "at": work.now,
        "step": step,
        "reasons": reasons,
        "rota_version_id": work.version_id,
    }
    write_later(work.session, _INSERT_DECISION, values)
