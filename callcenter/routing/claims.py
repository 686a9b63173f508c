"""Whose mobile is taken, and by which call? One conditional UPDATE decides, so two callers never ring one mobile."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callcenter.rota.presence import PersonState
from callcenter.rota.records import ConsultantState
from callcenter.routing.records import Leg
from callcenter.storage.base import NextId, UtcDateTime, table_of
from callcenter.storage.later import write_later
from callcenter.storage.prepared import Prepared, bind_each, numbered

# A leg's last event may be lost: the claim then frees itself this long after the ring time.
GRACE_S = 15
# No talk lasts longer: Twilio ends a <Dial> after four hours (its timeLimit's default).
TALK_LIMIT = timedelta(hours=4)

# Built once: the same statements serve every call.
_TABLE = table_of(ConsultantState)
_STATE = _TABLE.c
# In the order of PersonState's fields.
_STATES = Prepared(
    select(
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
_NOW = bindparam("now", type_=UtcDateTime())
_UNTIL = bindparam("until", type_=UtcDateTime())


@cache
def _claim_of(how_many: int) -> Prepared:
    codes = bind_each("code", _STATE.code, how_many)
    free = (
        select(_STATE.code)
        .where(_STATE.code.in_(codes), or_(_STATE.reserved_until.is_(None), _STATE.reserved_until <= _NOW))
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


# Only what is still claimed for this call: a claim that ran out may be another's by now.
_OURS = update(_TABLE).where(_STATE.code == bindparam("consultant"), _STATE.reserved_for == bindparam("key"))
_FREED = _OURS.values(reserved_for=None, reserved_until=None, talking_since=None)
_RELEASE = Prepared(_FREED)
_EXTEND = Prepared(_OURS.values(reserved_until=_UNTIL))
_START_TALK = Prepared(_OURS.values(reserved_until=_UNTIL, talking_since=_NOW, not_accepted=0, paused_until=None))
_END_TALK = Prepared(
    _FREED.values(last_call_ended_at=_NOW, wrap_up_until=bindparam("wrap_up", type_=UtcDateTime()))
)


def person_states(session: Session) -> dict[str, PersonState]:
    """What is stored of everybody, by code."""
    return {row[0]: PersonState(*row) for row in _STATES(session.connection(), {})}


def know(session: Session, codes: Iterable[str]) -> None:
    """Make sure that these consultants have a state to claim."""
    rows = [{"code": code, "presence": "available", "not_accepted": 0, "offers": 0} for code in codes]
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(ConsultantState).values(rows).on_conflict_do_nothing())


def claim(
    session: Session, codes: Collection[str], key: str, until: datetime, now: datetime
) -> dict[str, int | None]:
    """Reserve those of these consultants who are free, for the call `key`; returns whom we got, each with the id that
    the leg to the mobile will have where the database can tell (`NextId`).

    A row that another transaction holds is being claimed: it is passed over, not waited for.
    """
    wanted = numbered("code", codes)
    rows = _claim_of(len(wanted))(session.connection(), {**wanted, "key": key, "until": until, "now": now})
    return dict(rows)


def extend(session: Session, code: str, key: str, until: datetime) -> None:
    """Move the end of a claim that is still ours."""
    _EXTEND(session.connection(), {"consultant": code, "key": key, "until": until})


def start_talk(session: Session, code: str, key: str, now: datetime) -> None:
    """The consultant accepted: taken until the talk ends; an accepted call clears the count of unaccepted offers."""
    values = {"consultant": code, "key": key, "until": now + TALK_LIMIT, "now": now}
    write_later(session, _START_TALK, values, rows=(code,))


def release(session: Session, code: str, key: str) -> None:
    """Free a consultant who was rung and did not talk."""
    _RELEASE(session.connection(), {"consultant": code, "key": key})


def end_talk(session: Session, code: str, key: str, now: datetime, wrap_up_s: int) -> None:
    """Free a consultant after a talk, with time to write it up."""
    values = {"consultant": code, "key": key, "now": now, "wrap_up": now + timedelta(seconds=wrap_up_s)}
    _END_TALK(session.connection(), values)


def note_not_accepted(session: Session, code: str, now: datetime, *, after: int, pause_min: int) -> None:
    """Count an offer that was not accepted; at the `after`-th in a row the consultant is paused."""
    row = session.execute(
        update(ConsultantState)
        .where(ConsultantState.code == code)
        .values(not_accepted=ConsultantState.not_accepted + 1)
        .returning(ConsultantState.not_accepted)
        .execution_options(synchronize_session=False)
    ).scalar()
    if row is not None and row >= after:
        session.execute(
            update(ConsultantState)
            .where(ConsultantState.code == code)
            .values(not_accepted=0, paused_until=now + timedelta(minutes=pause_min))
            .execution_options(synchronize_session=False)
        )
