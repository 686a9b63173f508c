"""Claims on consultants: one conditional UPDATE reserves a mobile for a call or a callback, so none is rung twice.

A claim holds from the moment a mobile is to be rung until its leg is over or the talk ends. Each ends by itself at
`reserved_until`, so a lost event blocks nobody. The key names whom it is for: the call's sid, or `callback:<id>`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, exists, or_, select, text, update
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.presence.eligibility import PersonState
from callcenter.presence.records import ConsultantState
from callcenter.rota.model import Rota
from callcenter.storage.base import JsonRow, JsonRows, NextId, instant, json_rows, table_of
from callcenter.storage.rows import insert_missing_rows
from callcenter.storage.statements import Batch, Prepared, bind_each, numbered

# No talk lasts longer: Twilio ends a <Dial> after four hours (its timeLimit's default).
TALK_LIMIT = timedelta(hours=4)
# A leg's last event may be lost: the claim then frees itself this long after the ring time.
GRACE_S = 15

# Built once: the same statements serve every call and every callback.
_TABLE = table_of(ConsultantState)
_STATE = _TABLE.c
# Everybody's state as one JSON value, so that it can be a column of another query; `states_of` reads it.
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
# A claim that ran out may be another's by now, so each statement names the key.
_OURS = update(_TABLE).where(_STATE.code == bindparam("consultant"), _STATE.reserved_for == bindparam("key"))
_FREED = _OURS.values(reserved_for=None, reserved_until=None, talking_since=None)
_RELEASE = Prepared(_FREED)
_LEG = table_of(Leg).c
# A consultant may be rung a second time for one call: the late end of the first leg must not free the second one's
# claim.
_RELEASE_LEG = Prepared(
    _FREED.where(
        ~exists().where(
            _LEG.call_id == bindparam("call"),
            _LEG.consultant == bindparam("consultant"),
            _LEG.ended_at.is_(None),
            _LEG.id != bindparam("leg"),
        )
    )
)
_EXTEND = Prepared(_OURS.values(reserved_until=_UNTIL))
_START_TALK = Prepared(_OURS.values(reserved_until=_UNTIL, talking_since=_NOW, not_accepted=0, paused_until=None))
_HOLD = Prepared(_OURS.values(reserved_until=_UNTIL, talking_since=instant("since")))
_END_TALK = Prepared(_FREED.values(last_call_ended_at=_NOW, wrap_up_until=instant("wrap_up")))
_THEIRS = update(_TABLE).where(_STATE.code == bindparam("consultant"))
_NOT_ACCEPTED = Prepared(_THEIRS.values(not_accepted=_STATE.not_accepted + 1).returning(_STATE.not_accepted))
_IS_FREE = or_(_STATE.reserved_until.is_(None), _STATE.reserved_until <= _NOW)
_OCCUPY = Prepared(
    _THEIRS.where(_IS_FREE)
    .values(reserved_for=bindparam("key"), reserved_until=_UNTIL, talking_since=instant("since"))
    .returning(_STATE.code)
)
_PAUSE = Prepared(_THEIRS.values(not_accepted=0, paused_until=_UNTIL))


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
    """What is stored of everybody, by code."""
    ((value,),) = _STATES(session.connection(), {})
    return states_of(value)


def states_of(value: Sequence[Sequence[Any]] | None) -> dict[str, PersonState]:
    """The same, from the value of `STATES`."""
    # SQLite has no booleans.
    return {row[0]: PersonState(*(*row[:4], bool(row[4]), *row[5:])) for row in json_rows(value, _INSTANTS)}


def insert_missing(session: Session, codes: Iterable[str]) -> None:
    """Insert the state of these consultants where there is none, so that it can be claimed."""
    rows = [{"code": code, "presence": "available", "not_accepted": 0, "offers": 0} for code in codes]
    insert_missing_rows(session, ConsultantState, rows)


def claim(
    session: Session,
    codes: Collection[str],
    key: str,
    until: datetime,
    now: datetime,
    *,
    if_nobody_waits: bool = False,
) -> dict[str, int | None]:
    """Claim those of these consultants who are free, for the call `key`; an offer is counted for each.

    Returns the ones claimed, each with the id that the leg to the mobile will have where the database tells it before
    (`NextId`). if_nobody_waits: claim nobody while a caller waits for somebody to come free. A new call asks so, which
    saves a query. A row that another transaction has locked is being claimed: it is skipped, not waited for.
    """
    wanted = numbered("code", codes)
    values = {**wanted, "key": key, "until": until, "now": now}
    return dict(_claim_of(len(wanted), if_nobody_waits)(session.connection(), values))


def one_per_mobile(session: Session, rota: Rota, codes: Sequence[str], now: datetime) -> list[str]:
    """Those of these consultants whose mobile no colleague who shares it is claimed with, and of several with one
    mobile the first. To be asked in the transaction that claims them, just before; mostly it asks nothing.

    The states of all who share a mobile are locked, so that of two claims one sees the other. Whoever is not the first
    to lock them passes the mobile over and waits for nobody.
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
    """Move the end of a claim that is still ours."""
    _EXTEND(session.connection(), {"consultant": code, "key": key, "until": until})


def hold(session: Session, code: str, key: str, until: datetime, talking_since: datetime | None) -> None:
    """Keep a claim that is still ours until a later moment, as a talk or not."""
    _HOLD(session.connection(), {"consultant": code, "key": key, "until": until, "since": talking_since})


def start_talk(session: Session, code: str, key: str, now: datetime, batch: Batch | None = None) -> None:
    """The consultant accepted: claimed until the talk ends. An accepted call clears the count of unaccepted offers."""
    values = {"consultant": code, "key": key, "until": now + TALK_LIMIT, "now": now}
    (batch or Batch(session)).add(_START_TALK, values, rows=(code,))


def occupy(session: Session, code: str, key: str, now: datetime) -> bool:
    """The consultant rings the line: claimed as talking until that call ends, unless claimed already."""
    return _occupy(session, code, key, now + TALK_LIMIT, now, talking_since=now)


def reserve(session: Session, code: str, key: str, until: datetime, now: datetime) -> bool:
    """Claim the consultant for a callback, unless claimed already. It is no offer, so none is counted."""
    return _occupy(session, code, key, until, now, talking_since=None)


def _occupy(
    session: Session, code: str, key: str, until: datetime, now: datetime, *, talking_since: datetime | None
) -> bool:
    insert_missing(session, [code])
    values = {"consultant": code, "key": key, "now": now, "until": until, "since": talking_since}
    return bool(_OCCUPY(session.connection(), values))


def release(session: Session, code: str, key: str) -> None:
    """Free a consultant who was rung and did not talk, or who rang us."""
    _RELEASE(session.connection(), {"consultant": code, "key": key})


def release_leg(session: Session, leg: Leg, key: str) -> None:
    """Free the consultant of a leg that is over and was no talk, unless the call `key` rings the same mobile anew."""
    values = {"consultant": leg.consultant, "key": key, "call": leg.call_id, "leg": leg.id}
    _RELEASE_LEG(session.connection(), values)


def end_talk(session: Session, code: str, key: str, now: datetime, wrap_up_s: int) -> None:
    """Free a consultant after a talk, with time to write it up."""
    values = {"consultant": code, "key": key, "now": now, "wrap_up": now + timedelta(seconds=wrap_up_s)}
    _END_TALK(session.connection(), values)


def note_not_accepted(session: Session, code: str, now: datetime, *, after: int, pause_min: int) -> None:
    """Count an offer that was not accepted; at the `after`-th in a row the consultant is paused."""
    for (in_a_row,) in _NOT_ACCEPTED(session.connection(), {"consultant": code}):
        if in_a_row >= after:
            _PAUSE(session.connection(), {"consultant": code, "until": now + timedelta(minutes=pause_min)})
