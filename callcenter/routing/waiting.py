"""Who waits for a colleague to come free? Read for all calls together, in the order in which they came."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.rota.model import Rota
from callcenter.routing.hunt import MIN_RING_S
from callcenter.routing.plan import Caller, Plan
from callcenter.routing.records import Call
from callcenter.routing.turn import Waiting
from callcenter.storage.base import table_of
from callcenter.storage.expressions import JsonRow, JsonRows, told_instant
from callcenter.storage.prepared import Prepared

# The mobile that has just sent a caller on to the line is not rung for that caller so soon.
LET_GO_FOR = timedelta(seconds=60)

_CALL = table_of(Call).c
# Everybody who waits as one value, as `waiting_told` reads it, to be asked along with something else.
WAITING = (
    select(
        JsonRows(
            JsonRow(
                _CALL.id,
                _CALL.call_sid,
                _CALL.received_at,
                _CALL.deadline_at,
                _CALL.preferred,
                _CALL.areas,
                _CALL.offered_to,
                _CALL.rescued_for,
                _CALL.tier,
                _CALL.tier_ends_at,
                _CALL.places,
                _CALL.rest_down,
            )
        )
    )
    .where(_CALL.places > 0)
    .scalar_subquery()
)
_WAITING = Prepared(select(WAITING))


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call for which more mobiles could ring. tier, tier_ends_at and places: as in `routing.hunt.Hunt`."""

    id: int
    caller: Caller
    since: datetime
    deadline_at: datetime | None
    tier: int
    tier_ends_at: datetime | None
    places: int
    rest_down: bool


def caller_of(
    sid: str,
    received_at: datetime,
    preferred: str | None,
    areas: Iterable[str],
    offered_to: Iterable[str],
    rescued_for: str | None,
) -> Caller:
    """What the plan must know of a call's caller."""
    return Caller(
        sid, preferred, frozenset(areas), frozenset(offered_to), rescued_for, received_at + LET_GO_FOR
    )


def waiting_calls(session: Session) -> list[WaitingCall]:
    """Everybody who waits now, in no promised order."""
    ((told,),) = _WAITING(session.connection(), {})
    return waiting_told(told)


def waiting_told(told: Sequence[Sequence[Any]] | None) -> list[WaitingCall]:
    """The same, from the value of `WAITING`."""
    found = []
    for row in told or ():
        call_id, sid, received_at, deadline_at, preferred, areas, offered_to, rescued_for, tier, ends_at, *rest = row
        since = told_instant(received_at)
        assert since is not None
        caller = caller_of(sid, since, preferred, _list(areas), _list(offered_to), rescued_for)
        found.append(
            WaitingCall(
                call_id, caller, since, told_instant(deadline_at), tier, told_instant(ends_at), rest[0], bool(rest[1])
            )
        )
    return found


def turn_of(waiting: WaitingCall, plan: Plan) -> Waiting:
    """A waiting call as the order of turns sees it. plan: of anybody, at the same instant."""
    return Waiting(
        waiting.caller.key, waiting.since, waiting.caller.preferred, waiting.places, partial(_may_ring, waiting, plan)
    )


def preferred_seconds(rota: Rota) -> float | None:
    """How long the policy's tier of own consultants lasts, None without one."""
    return next((tier.ring_s for tier in rota.policy.hunt.tiers if tier.who == "preferred"), None)


def _may_ring(waiting: WaitingCall, plan: Plan) -> Sequence[str]:
    if waiting.deadline_at is None or waiting.deadline_at - timedelta(seconds=MIN_RING_S) < plan.now:
        return ()  # nobody can be rung in time any more
    tiers = plan.rota.policy.hunt.tiers
    runs = waiting.tier_ends_at is not None and plan.now < waiting.tier_ends_at and waiting.tier < len(tiers)
    if runs and waiting.tier >= 0:
        tiers = tiers[waiting.tier : waiting.tier + 1]
    return plan.towards(waiting.caller).may_ring(tiers)


def _list(value: Any) -> list[Any]:
    """A JSON column within JSON: SQLite tells it as text."""
    found = json.loads(value) if isinstance(value, str) else value
    return found or []
