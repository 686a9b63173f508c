"""Who waits for a colleague to come free? Read for all calls together, in the order in which they came."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ScalarSelect, Select, select, text

from callcenter.calls.call import Call
from callcenter.rota.model import Rota
from callcenter.routing.hunt import MIN_RING_S
from callcenter.routing.plan import Caller, Plan
from callcenter.routing.turn import Waiting
from callcenter.storage.base import table_of
from callcenter.storage.expressions import JsonRow, JsonRows, told_instant

# A mobile that was engaged is tried once more after so long: its owner talks, and refused nobody.
ENGAGED_FOR = timedelta(seconds=15)
# The mobile that has just sent a caller on to the line is not rung for that caller so soon.
LET_GO_FOR = timedelta(seconds=60)

_TABLE = table_of(Call)
_COLUMNS = (
    "id",
    "call_sid",
    "received_at",
    "deadline_at",
    "preferred",
    "areas",
    "offered_to",
    "engaged",
    "rescued_for",
    "staff",
    "tier",
    "tier_ends_at",
    "places",
    "rest_down",
)


# While a caller waits for our answer only so many of those who wait longest are read. Whoever is behind them is left to
# the clock, which reads them all every second.
FIRST_IN_LINE = 20
_LONGEST_FIRST = (
    select(*(_TABLE.c[name] for name in _COLUMNS)).where(_TABLE.c.places > text("0")).order_by(_TABLE.c.received_at)
)


def _as_one_value(waiting: Select[Any]) -> ScalarSelect[Any]:
    rows = waiting.subquery("waiting")
    return select(JsonRows(JsonRow(*(rows.c[name] for name in _COLUMNS)))).scalar_subquery()


# Those who wait as one value, as `waiting_told` reads it, to be asked along with something else.
EVERYBODY_WAITING = _as_one_value(_LONGEST_FIRST)
FIRST_WAITING = _as_one_value(_LONGEST_FIRST.limit(FIRST_IN_LINE))


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


def caller_of(call: Call) -> Caller:
    """What the plan must know of a call's caller."""
    return Caller(
        call.call_sid,
        call.preferred,
        frozenset(call.areas),
        frozenset(call.offered_to),
        call.rescued_for,
        call.received_at + LET_GO_FOR,
        call.staff,
        _instants(call.engaged),
    )


def note_engaged(call: Call, code: str, now: datetime) -> None:
    """A mobile was engaged: the first time in a hunt it is tried once more."""
    if code not in call.engaged:
        call.engaged = {**call.engaged, code: (now + ENGAGED_FOR).isoformat()}
        call.offered_to = [other for other in call.offered_to if other != code]


def waiting_told(told: Sequence[Sequence[Any]] | None) -> list[WaitingCall]:
    """Everybody who waits, from such a value, in no promised order."""
    found = []
    for row in told or ():
        call_id, sid, received_at, deadline_at, preferred, areas, offered, engaged, let_go, staff, *hunt = row
        since = told_instant(received_at)
        assert since is not None
        caller = Caller(
            sid,
            preferred,
            frozenset(_json(areas) or ()),
            frozenset(_json(offered) or ()),
            let_go,
            since + LET_GO_FOR,
            staff,
            _instants(_json(engaged)),
        )
        tier, ends_at, places, rest_down = hunt
        found.append(
            WaitingCall(
                call_id, caller, since, told_instant(deadline_at), tier, told_instant(ends_at), places, bool(rest_down)
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


def _instants(told: Mapping[str, str] | None) -> Mapping[str, datetime]:
    return {code: datetime.fromisoformat(at) for code, at in (told or {}).items()}


def _json(value: Any) -> Any:
    """A JSON column within JSON: SQLite tells it as text."""
    return json.loads(value) if isinstance(value, str) else value
