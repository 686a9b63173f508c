"""A transaction on calls: the session, the instant, the active rota, and queries that lock calls and legs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, insert, select, true
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision
from callcenter.errors import NotFound
from callcenter.lines.records import Line
from callcenter.presence import claims
from callcenter.presence.eligibility import PersonState
from callcenter.rota import versions
from callcenter.rota.model import Figures, Rota
from callcenter.routing.waiting_callers import EVERYBODY_WAITING, FIRST_WAITING, WaitingCall, waiting_calls
from callcenter.storage.base import table_of
from callcenter.storage.statements import Batch, Prepared

# Without a rota nobody is rung, and no answer is in time.
_NO_RULES = Figures(abandon_grace_s=0, service_level_s=0)
# Lock order: a call before its leg, so that transactions cannot deadlock. Each query also reads the id and digest of
# the active rota version, which most transactions need.
_NEWEST = versions.NEWEST.subquery("newest")
_ONE_CALL = select(Call, _NEWEST).outerjoin(_NEWEST, true()).with_for_update(of=Call)
_CALL = _ONE_CALL.where(Call.id == bindparam("call"))
_CALL_OF_SID = _ONE_CALL.where(Call.call_sid == bindparam("sid"))
_CALL_AND_LEG = (
    select(Call, Leg, _NEWEST)
    .join_from(Call, Leg, Leg.call_id == Call.id)
    .outerjoin(_NEWEST, true())
    .where(Leg.id == bindparam("leg"))
    .with_for_update(of=(Call, Leg))
)
# All of a call's legs: with a condition on live ones, PostgreSQL would scan the live legs of every call.
_LEGS_OF = select(Leg).where(Leg.call_id == bindparam("call")).order_by(Leg.id)
# A locked row is read again even if it is in the identity map.
_FRESH = {"populate_existing": True}
# Rows in the identity map may have changes that are written at the end of the transaction: they are not overwritten.
_AS_HELD = {"autoflush": False}
_LINE = Prepared(select(table_of(Line).c.number).where(table_of(Line).c.id == bindparam("line")))
_STATES_AND_FIRST = Prepared(select(claims.STATES, FIRST_WAITING))
_STATES_AND_ALL = Prepared(select(claims.STATES, EVERYBODY_WAITING))
_INSERT_DECISION = Prepared(insert(table_of(CallDecision)), ("call_id", "at", "step", "reasons", "rota_version_id"))


class CallTransaction:
    """The context in which a handler, a job or an effect changes calls.

    batch: writes that are not read in this transaction; for_the_clock: this is a scheduled job, so all waiting calls
    are read, not only the first few."""

    def __init__(
        self, session: Session, now: datetime, batch: Batch | None = None, *, for_the_clock: bool = False
    ) -> None:
        self.session, self.now, self.for_the_clock = session, now, for_the_clock
        self.batch = Batch(session) if batch is None else batch
        self._active: tuple[int | None, str | None] | None = None  # id and digest of the rota version, once read
        self._states: tuple[Any] | None = None  # the value of claims.STATES, once read along with something else

    @cached_property
    def rota(self) -> Rota | None:
        """The active rota, None while none was loaded."""
        return self._version[1] if self._version else None

    def rules_of(self, call: Call) -> Figures:
        """The rules by which a call counts: those of its own rota version, which may be replaced by now."""
        if call.rota_version_id is None or call.rota_version_id == self.version_id:
            return self.rota.policy.figures if self.rota else _NO_RULES
        return versions.version(self.session, call.rota_version_id).policy.figures

    @cached_property
    def version_id(self) -> int | None:
        """The id of the active rota version, None while none was loaded."""
        return self._version[0] if self._version else None

    @cached_property
    def _version(self) -> tuple[int, Rota] | None:
        if self._active is None:
            return versions.active(self.session)
        version_id, digest = self._active
        if version_id is None or digest is None:
            return None
        return version_id, versions.compiled(self.session, version_id, digest)

    def use_version(self, version_id: int | None, digest: str | None) -> None:
        """Use this active rota version, which another query has read."""
        self._active = version_id, digest

    def use_states(self, value: Any) -> None:
        """Use this value of `claims.STATES`, which another query has read."""
        self._states = (value,)

    def drop_states(self) -> None:
        """Discard the states that were read before a change."""
        self._states = None

    def states_and_waiting(self) -> tuple[Mapping[str, PersonState], Sequence[WaitingCall] | None]:
        """The state of every consultant, and the waiting calls.

        States passed to `use_states` are returned once, with None: the waiting calls were not read.
        """
        states, self._states = self._states, None
        if states is not None:
            return claims.states_of(states[0]), None
        query = _STATES_AND_ALL if self.for_the_clock else _STATES_AND_FIRST
        ((everybody, waiting),) = query(self.session.connection(), {})
        return claims.states_of(everybody), waiting_calls(waiting)


def locked_call(tx: CallTransaction, call_id: int) -> Call:
    """The call, locked until the transaction ends. Raises NotFound."""
    call = _locked(tx, _CALL, {"call": call_id})
    if call is None:
        raise NotFound(f"there is no call {call_id}")
    return call


def call_of_sid(tx: CallTransaction, sid: str) -> Call | None:
    """The call of a sid, locked until the transaction ends, or None when it is not stored."""
    return _locked(tx, _CALL_OF_SID, {"sid": sid})


def _locked(tx: CallTransaction, query: Any, values: Mapping[str, Any]) -> Call | None:
    row = tx.session.execute(query, values, execution_options=_FRESH).first()
    if row is None:
        return None
    call, version_id, digest = row
    tx.use_version(version_id, digest)
    assert isinstance(call, Call)
    return call


def locked_leg(tx: CallTransaction, leg_id: int) -> tuple[Leg, Call]:
    """A leg and its call, both locked. Raises NotFound."""
    row = tx.session.execute(_CALL_AND_LEG, {"leg": leg_id}, execution_options=_FRESH).first()
    if row is None:
        raise NotFound(f"there is no leg {leg_id}")
    call, leg, version_id, digest = row
    tx.use_version(version_id, digest)
    return leg, call


def live_legs(session: Session, call: Call) -> list[Leg]:
    """The legs of a call whose end is not stored."""
    legs = session.scalars(_LEGS_OF, {"call": call.id}, execution_options=_AS_HELD)
    return [leg for leg in legs if leg.ended_at is None]


def answering_leg(session: Session, call: Call) -> Leg | None:
    """The leg of the consultant who accepted the call, None while nobody has."""
    if call.answered_leg_id is None:
        return None
    return session.get(Leg, call.answered_leg_id, execution_options=_AS_HELD)


def line_number_of(tx: CallTransaction, call: Call) -> str:
    """The public number of a call's line."""
    ((number,),) = _LINE(tx.session.connection(), {"line": call.line_id})
    return str(number)


def record_decision(tx: CallTransaction, call: Call, title: str, reasons: list[dict[str, object]]) -> None:
    """Store a decision with its reasons."""
    values = {
        "call_id": call.id,
        "at": tx.now,
        "step": title,
        "reasons": reasons,
        "rota_version_id": tx.version_id,
    }
    tx.batch.add(_INSERT_DECISION, values)
