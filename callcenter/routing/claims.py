"""Whose mobile is taken, and by which call? One conditional UPDATE decides, so two callers never ring one mobile."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import bindparam, exists, or_, select, text, update
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.presence.claims import FREED
from callcenter.presence.records import ConsultantState
from callcenter.storage.base import instant, table_of
from callcenter.storage.expressions import NextId
from callcenter.storage.later import write_now
from callcenter.storage.prepared import Prepared, bind_each, numbered

# A leg's last event may be lost: the claim then frees itself this long after the ring time.
GRACE_S = 15

# Built once: the same statements serve every call.
_TABLE = table_of(ConsultantState)
_STATE, _CALLS = _TABLE.c, table_of(Call).c
_NOW = instant("now")
_UNTIL = instant("until")


@cache
def _claim_of(how_many: int, if_nobody_waits: bool) -> Prepared:
    codes = bind_each("code", _STATE.code, how_many)
    # By the index of those who wait, whatever the database thinks of the table: nearly always there is nobody in it.
    first = select(_CALLS.received_at).where(_CALLS.places > text("0")).order_by(_CALLS.received_at).limit(1)
    nobody_waits = first.scalar_subquery().is_(None)
    free = (
        select(_STATE.code)
        .where(_STATE.code.in_(codes), or_(_STATE.reserved_until.is_(None), _STATE.reserved_until <= _NOW))
        .where(*([nobody_waits] if if_nobody_waits else []))
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


def claim(
    session: Session,
    codes: Collection[str],
    key: str,
    until: datetime,
    now: datetime,
    *,
    if_nobody_waits: bool = False,
) -> dict[str, int | None]:
    """Reserve those of these consultants who are free, for the call `key`; returns whom we got, each with the id that
    the leg to the mobile will have where the database can tell (`NextId`).

    if_nobody_waits: nobody is reserved while a caller waits for somebody to come free: whose turn it is must be known
    first. A new call asks so, which saves it a question of its own.
    A row that another transaction holds is being claimed: it is passed over, not waited for.
    """
    wanted = numbered("code", codes)
    values = {**wanted, "key": key, "until": until, "now": now}
    return dict(_claim_of(len(wanted), if_nobody_waits)(session.connection(), values))


# A colleague who was rung in vain may be rung anew for the same call: the end of the older leg, told late, frees only a
# claim that no other leg of the call holds.
_LEGS = table_of(Leg).c
_OTHER_LEG = exists().where(
    _LEGS.call_id == bindparam("call"),
    _LEGS.consultant == bindparam("consultant"),
    _LEGS.ended_at.is_(None),
    _LEGS.id != bindparam("leg"),
)
_RELEASE = Prepared(FREED.where(~_OTHER_LEG))


def release(session: Session, leg: Leg, key: str) -> None:
    """Free the consultant of a leg that is over and was no talk, unless the call `key` rings the same mobile anew."""
    write_now(session)  # a leg that was made just now may not be stored yet
    values = {"consultant": leg.consultant, "key": key, "call": leg.call_id, "leg": leg.id}
    _RELEASE(session.connection(), values)
