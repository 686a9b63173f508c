"""What is stored of consultants' mobiles? Claims are read, moved and freed; each ends by itself in time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from callcenter.presence.eligibility import PersonState
from callcenter.presence.records import ConsultantState
from callcenter.rota.mobiles import sharers
from callcenter.rota.model import Rota
from callcenter.storage.base import instant, table_of
from callcenter.storage.expressions import JsonRow, JsonRows, told_instant
from callcenter.storage.later import write_later
from callcenter.storage.prepared import Prepared, PreparedRows, give_way

# No talk lasts longer: Twilio ends a <Dial> after four hours (its timeLimit's default).
TALK_LIMIT = timedelta(hours=4)

# Built once: the same statements serve every call and every callback.
_TABLE = table_of(ConsultantState)
_STATE = _TABLE.c
# Everybody's state as one value: as `states_told` reads it, and to be asked along with something else.
STATES = select(
    JsonRows(
        JsonRow(
            _STATE.code,
            _STATE.presence,
            _STATE.talking_since.is_not(None),
            _STATE.not_accepted,
            _STATE.presence_until,
            _STATE.reserved_until,
            _STATE.wrap_up_until,
            _STATE.paused_until,
            _STATE.last_offered_at,
            _STATE.last_call_ended_at,
        )
    )
).scalar_subquery()
_STATES = Prepared(select(STATES))
_NOW = instant("now")
_UNTIL = instant("until")
# Only what is still claimed for this call or callback: a claim that ran out may be another's by now.
_OURS = update(_TABLE).where(_STATE.code == bindparam("consultant"), _STATE.reserved_for == bindparam("key"))
FREED = _OURS.values(reserved_for=None, reserved_until=None, talking_since=None)
_RELEASE = Prepared(FREED)
_EXTEND = Prepared(_OURS.values(reserved_until=_UNTIL))
_START_TALK = Prepared(_OURS.values(reserved_until=_UNTIL, talking_since=_NOW, not_accepted=0, paused_until=None))
_HOLD = Prepared(_OURS.values(reserved_until=_UNTIL, talking_since=instant("since")))
_END_TALK = Prepared(FREED.values(last_call_ended_at=_NOW, wrap_up_until=instant("wrap_up")))
_THEIRS = update(_TABLE).where(_STATE.code == bindparam("consultant"))
_NOT_ACCEPTED = Prepared(_THEIRS.values(not_accepted=_STATE.not_accepted + 1).returning(_STATE.not_accepted))
_NEW = ("code", "presence", "not_accepted", "offers")
_KNOW = PreparedRows(_TABLE, _NEW, so=give_way)
_OCCUPY = Prepared(
    _THEIRS.where(or_(_STATE.reserved_until.is_(None), _STATE.reserved_until <= _NOW))
    .values(reserved_for=bindparam("key"), reserved_until=_UNTIL, talking_since=_NOW)
    .returning(_STATE.code)
)
_PAUSE = Prepared(_THEIRS.values(not_accepted=0, paused_until=_UNTIL))


def person_states(session: Session) -> dict[str, PersonState]:
    """What is stored of everybody, by code."""
    ((told,),) = _STATES(session.connection(), {})
    return states_told(told)


def states_told(told: Sequence[Sequence[Any]] | None) -> dict[str, PersonState]:
    """The same, from the value of `STATES`."""
    return {
        code: PersonState(
            code,
            presence,
            told_instant(presence_until),
            told_instant(reserved_until),
            bool(on_call),
            told_instant(wrap_up_until),
            told_instant(paused_until),
            not_accepted,
            told_instant(last_offered_at),
            told_instant(last_call_ended_at),
        )
        for (
            code,
            presence,
            on_call,
            not_accepted,
            presence_until,
            reserved_until,
            wrap_up_until,
            paused_until,
            last_offered_at,
            last_call_ended_at,
        ) in told or ()
    }


def know(session: Session, codes: Iterable[str]) -> None:
    """Make sure that these consultants have a state to claim."""
    rows = [{"code": code, "presence": "available", "not_accepted": 0, "offers": 0} for code in codes]
    if rows:
        _KNOW(session.connection(), rows)


def one_a_mobile(session: Session, rota: Rota, codes: Sequence[str], now: datetime) -> list[str]:
    """Those of these consultants whose mobile no colleague who shares it is claimed with, and of several with one
    mobile the first. To be asked in the transaction that claims them, just before; mostly it asks nothing.

    The states of all who share a mobile are locked, so that of two claims one sees the other. Whoever is not the first
    to lock them passes the mobile over and waits for nobody.
    """
    found: list[str] = []
    for code in codes:
        others = sharers(rota, code)
        if not others or (not set(found) & set(others) and _are_free(session, code, others, now)):
            found.append(code)
    return found


def _are_free(session: Session, code: str, others: Sequence[str], now: datetime) -> bool:
    everybody = sorted([code, *others])
    know(session, everybody)
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


def start_talk(session: Session, code: str, key: str, now: datetime) -> None:
    """The consultant accepted: taken until the talk ends; an accepted call clears the count of unaccepted offers."""
    values = {"consultant": code, "key": key, "until": now + TALK_LIMIT, "now": now}
    write_later(session, _START_TALK, values, rows=(code,))


def occupy(session: Session, code: str, key: str, now: datetime) -> bool:
    """The consultant rings us: taken until that call ends, unless something else has him or her already."""
    know(session, [code])
    values = {"consultant": code, "key": key, "now": now, "until": now + TALK_LIMIT}
    return bool(_OCCUPY(session.connection(), values))


def release(session: Session, code: str, key: str) -> None:
    """Free a consultant who was rung and did not talk, or who rang us."""
    _RELEASE(session.connection(), {"consultant": code, "key": key})


def end_talk(session: Session, code: str, key: str, now: datetime, wrap_up_s: int) -> None:
    """Free a consultant after a talk, with time to write it up."""
    values = {"consultant": code, "key": key, "now": now, "wrap_up": now + timedelta(seconds=wrap_up_s)}
    _END_TALK(session.connection(), values)


def note_not_accepted(session: Session, code: str, now: datetime, *, after: int, pause_min: int) -> None:
    """Count an offer that was not accepted; at the `after`-th in a row the consultant is paused."""
    for (in_a_row,) in _NOT_ACCEPTED(session.connection(), {"consultant": code}):
        if in_a_row >= after:
            _PAUSE(session.connection(), {"consultant": code, "until": now + timedelta(minutes=pause_min)})
