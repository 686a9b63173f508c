"""Claims on consultants: one conditional UPDATE reserves a mobile for a call or a callback, so none is rung twice.

A claim lasts from the decision to ring a mobile until the end of its leg or talk. It expires at `reserved_until`, so a
lost event blocks no consultant for long. Its key is the call's sid, or `callback:<id>`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select, text, update
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.presence.eligibility import PersonState
from callcenter.presence.records import ConsultantState
from callcenter.rota.model import Rota
from callcenter.storage.base import (
    JsonRow,
    JsonRows,
    NextId,
    bind_each,
    ignore_existing,
    instant,
    json_rows,
    numbered,
    table_of,
)
from callcenter.storage.statements import Batch, Prepared, prepared_upsert

# No talk lasts longer: Twilio ends a <Dial> after four hours (its timeLimit's default).
TALK_LIMIT = timedelta(hours=4)
# The claim expires this many seconds after the ring time, in case the leg's last event is lost.
GRACE_S = 15

_TABLE = table_of(ConsultantState)
_STATE = _TABLE.c
_LEG = table_of(Leg).c
# The state of every consultant as one JSON value, so that it can be a column of another query; `states_of` decodes it.
STATES = select(
    JsonRows(
        JsonRow(
            _STATE.code,
            _STATE.presence,
            _STATE.presence_until,
            _STATE.reserved_until,
            _STATE.talking_since.is_not(None),
            _STATE.wrap_up_until,
            _STATE.paused_until,
            _STATE.not_accepted,
            _STATE.last_offered_at,
            _STATE.last_call_ended_at,
        )
    )
).scalar_subquery()
_INSTANTS = (2, 3, 5, 6, 8, 9)
_STATES = Prepared(select(STATES))
_NOW = instant("now")
_UNTIL = instant("until")
# An expired claim may belong to another call by now, so each statement has the key as a condition.
_OWN_CLAIM = update(_TABLE).where(_STATE.code == bindparam("consultant"), _STATE.reserved_for == bindparam("key"))
_FREED = _OWN_CLAIM.values(reserved_for=None, reserved_until=None, talking_since=None)
_RELEASE = Prepared(_FREED)
# A consultant may be rung a second time for the same call. The late end of the first leg must not free the claim of the
# second.
_RELEASE_AFTER_LEG = Prepared(
    _FREED.where(
        ~exists().where(
            _LEG.call_id == bindparam("call"),
            _LEG.consultant == bindparam("consultant"),
            _LEG.ended_at.is_(None),
            _LEG.id != bindparam("leg"),
        )
    )
)
_EXTEND = Prepared(_OWN_CLAIM.values(reserved_until=_UNTIL))
_START_TALK = Prepared(_OWN_CLAIM.values(reserved_until=_UNTIL, talking_since=_NOW, not_accepted=0, paused_until=None))
_HOLD = Prepared(_OWN_CLAIM.values(reserved_until=_UNTIL, talking_since=instant("since")))
_END_TALK = Prepared(_FREED.values(last_call_ended_at=_NOW, wrap_up_until=instant("wrap_up")))
_CONSULTANT = update(_TABLE).where(_STATE.code == bindparam("consultant"))
_NOT_ACCEPTED = Prepared(_CONSULTANT.values(not_accepted=_STATE.not_accepted + 1).returning(_STATE.not_accepted))
_INSERT_MISSING = prepared_upsert(_TABLE, ("code", "presence", "not_accepted", "offers"), ignore_existing)
# A claim that ran out while its leg is live is no proof that the mobile is silent: the clock may have been set ahead.
# The sweep asks Twilio about such legs (routing/sweep.py).
_RINGS_STILL = exists().where(_LEG.consultant == _STATE.code, _LEG.ended_at.is_(None))
_IS_FREE = or_(_STATE.reserved_until.is_(None), and_(_STATE.reserved_until <= _NOW, ~_RINGS_STILL))
_OCCUPY = Prepared(
    _CONSULTANT.where(_IS_FREE)
    .values(reserved_for=bindparam("key"), reserved_until=_UNTIL, talking_since=instant("since"))
    .returning(_STATE.code)
)
_PAUSE = Prepared(_CONSULTANT.values(not_accepted=0, paused_until=_UNTIL))


@cache
def _claim_of(how_many: int, if_nobody_waits: bool) -> Prepared:
    codes = bind_each("code", _STATE.code, how_many)
    call = table_of(Call).c
    # The literal 0 is the text of the partial index ix_call_waiting, so that both databases use it.
    longest = select(call.received_at).where(call.places > text("0")).order_by(call.received_at).limit(1)
    free = (
        select(_STATE.code)
        .where(_STATE.code.in_(codes), _IS_FREE)
        .where(*([longest.scalar_subquery().is_(None)] if if_nobody_waits else []))
        .order_by(_STATE.code)
        .with_for_update(skip_locked=True)
    )
    return Prepared(
        update(_TABLE)
        .where(_STATE.code.in_(free))
        .values(
            reserved_for=bindparam("key"),
            reserved_until=_UNTIL,
            talking_since=None,
            last_offered_at=_NOW,
            offers=_STATE.offers + 1,
        )
        .returning(_STATE.code, NextId(table_of(Leg)))
    )


def person_states(session: Session) -> dict[str, PersonState]:
    """The stored state of every consultant, by code."""
    ((value,),) = _STATES(session.connection(), {})
    return states_of(value)


def states_of(value: Sequence[Sequence[Any]] | None) -> dict[str, PersonState]:
    """The stored state of every consultant, by code, from the value of `STATES`."""
    # SQLite has no booleans.
    return {row[0]: PersonState(*(*row[:4], bool(row[4]), *row[5:])) for row in json_rows(value, _INSTANTS)}


def insert_missing(session: Session, codes: Iterable[str]) -> None:
    """Insert the missing states of these consultants, so that they can be claimed."""
    rows = [{"code": code, "presence": "available", "not_accepted": 0, "offers": 0} for code in codes]
    Batch(session).add_all(_INSERT_MISSING, rows)


def claim(
    session: Session,
    codes: Collection[str],
    key: str,
    until: datetime,
    now: datetime,
    *,
    if_nobody_waits: bool = False,
) -> dict[str, int | None]:
    """Claim the free ones of these consultants for the call `key`, and count an offer for each.

    Returns the claimed ones, each with the id of its future leg, or None on SQLite (`NextId`). until: when the claim
    expires, UTC; if_nobody_waits: claim nobody while another caller waits; a new call then needs no query for waiting
    calls. Rows that another transaction has locked are being claimed and are skipped without waiting.
    """
    wanted = numbered("code", codes)
    values = {**wanted, "key": key, "until": until, "now": now}
    return dict(_claim_of(len(wanted), if_nobody_waits)(session.connection(), values))


def lock_free_mobiles(session: Session, rota: Rota, codes: Sequence[str], now: datetime) -> list[str]:
    """These consultants without those whose shared mobile is in use; of several with one mobile, only the first.

    To be called in the transaction that claims them, just before the claim. It reads nothing when no mobile is shared.
    The states of all consultants who share a mobile are locked, so that two claims cannot both succeed. A transaction
    that finds such a row locked leaves the mobile out and does not wait.
    """
    found: list[str] = []
    for code in codes:
        others = rota.shared_mobiles.get(code, ())
        if not others or (not set(found) & set(others) and _are_free(session, code, others, now)):
            found.append(code)
    return found


def _are_free(session: Session, code: str, others: Sequence[str], now: datetime) -> bool:
    everybody = sorted([code, *others])
    insert_missing(session, everybody)
    in_order = select(_STATE.code, _STATE.reserved_until).where(_STATE.code.in_(everybody)).order_by(_STATE.code)
    rows = session.execute(in_order.with_for_update(skip_locked=True)).all()
    free = [until is None or until <= now for one, until in rows if one != code]
    return len(rows) == len(everybody) and all(free)


def extend(session: Session, code: str, key: str, until: datetime) -> None:
    """Move the expiry of a claim (UTC), if `key` still holds it."""
    _EXTEND(session.connection(), {"consultant": code, "key": key, "until": until})


def hold(session: Session, code: str, key: str, until: datetime, talking_since: datetime | None) -> None:
    """Move the expiry of a claim (UTC), if `key` still holds it, and set whether the consultant is talking."""
    _HOLD(session.connection(), {"consultant": code, "key": key, "until": until, "since": talking_since})


def start_talk(session: Session, code: str, key: str, now: datetime, batch: Batch | None = None) -> None:
    """The consultant accepted: claim until the talk ends, and reset the count of unaccepted offers and the pause."""
    values = {"consultant": code, "key": key, "until": now + TALK_LIMIT, "now": now}
    (batch or Batch(session)).add(_START_TALK, values, rows=(code,))


def callback_key(callback_id: int) -> str:
    """The key of a claim for a callback."""
    return f"callback:{callback_id}"


def occupy(session: Session, code: str, key: str, now: datetime) -> bool:
    """Claim a consultant who rings the line, as talking until that call ends. False if claimed already."""
    return _occupy(session, code, key, now + TALK_LIMIT, now, talking_since=now)


def reserve(session: Session, code: str, key: str, until: datetime, now: datetime) -> bool:
    """Claim a consultant for a callback, without counting an offer. False if claimed already. until: UTC."""
    return _occupy(session, code, key, until, now, talking_since=None)


def _occupy(
    session: Session, code: str, key: str, until: datetime, now: datetime, *, talking_since: datetime | None
) -> bool:
    insert_missing(session, [code])
    values = {"consultant": code, "key": key, "now": now, "until": until, "since": talking_since}
    return bool(_OCCUPY(session.connection(), values))


def release(session: Session, code: str, key: str) -> None:
    """Free a consultant after a ring without a talk, or after a call from the consultant to the line."""
    _RELEASE(session.connection(), {"consultant": code, "key": key})


def release_after_leg(session: Session, leg: Leg, key: str) -> None:
    """Free the consultant of a leg that ended without a talk, unless the call rings the same mobile again."""
    values = {"consultant": leg.consultant, "key": key, "call": leg.call_id, "leg": leg.id}
    _RELEASE_AFTER_LEG(session.connection(), values)


def end_talk(session: Session, code: str, key: str, now: datetime, wrap_up_s: int) -> None:
    """Free a consultant after a talk, and start the wrap-up of `wrap_up_s` seconds."""
    values = {"consultant": code, "key": key, "now": now, "wrap_up": now + timedelta(seconds=wrap_up_s)}
    _END_TALK(session.connection(), values)


def note_not_accepted(session: Session, code: str, now: datetime, *, after: int, pause_min: int) -> None:
    """Count an offer that was not accepted. After `after` in a row the consultant is paused for `pause_min` minutes."""
    for (in_a_row,) in _NOT_ACCEPTED(session.connection(), {"consultant": code}):
        if in_a_row >= after:
            _PAUSE(session.connection(), {"consultant": code, "until": now + timedelta(minutes=pause_min)})
