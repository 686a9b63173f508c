"""Reads all calls that wait for a consultant to come free, as one value of one query."""

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
from callcenter.routing.turn import WaitingCaller
from callcenter.storage.base import JsonRow, JsonRows, json_rows, table_of

# A mobile that has just forwarded a caller to the line is not rung for that caller within this time.
NOT_RUNG_AFTER_FORWARDING = timedelta(seconds=60)

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
_INSTANTS = tuple(_COLUMNS.index(name) for name in ("received_at", "deadline_at", "tier_ends_at"))


# A webhook reads at most this many waiting calls, the longest wait first. The clock reads all of them every second and
# serves the others.
FIRST_IN_LINE = 20
_LONGEST_FIRST = (
    select(*(_TABLE.c[name] for name in _COLUMNS)).where(_TABLE.c.places > text("0")).order_by(_TABLE.c.received_at)
)


def _as_one_value(waiting: Select[Any]) -> ScalarSelect[Any]:
    rows = waiting.subquery("waiting")
    return select(JsonRows(JsonRow(*(rows.c[name] for name in _COLUMNS)))).scalar_subquery()


# The waiting calls as one JSON value, so that it can be a column of another query; `waiting_calls` decodes it.
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


def waiting_calls(value: Sequence[Sequence[Any]] | None) -> list[WaitingCall]:
    """The waiting calls of a value of `EVERYBODY_WAITING` or `FIRST_WAITING`, in no particular order."""
    found = []
    for row in json_rows(value, _INSTANTS):
        call_id, sid, since, deadline_at, preferred, areas, offered, engaged, forwarded_by, staff, *hunt = row
        caller = Caller(
            sid,
            preferred,
            frozenset(_json(areas) or ()),
            frozenset(_json(offered) or ()),
            forwarded_by,
            since + NOT_RUNG_AFTER_FORWARDING,
            staff,
            instants_of(_json(engaged)),
        )
        tier, tier_ends_at, places, rest_down = hunt
        found.append(WaitingCall(call_id, caller, since, deadline_at, tier, tier_ends_at, places, bool(rest_down)))
    return found


def waiting_caller(waiting: WaitingCall, plan: Plan) -> WaitingCaller:
    """A waiting call as `routing.turn` takes it. plan: the plan of any caller at the same instant."""
    return WaitingCaller(
        waiting.caller.key, waiting.since, waiting.caller.preferred, waiting.places, partial(_may_ring, waiting, plan)
    )


def preferred_seconds(rota: Rota) -> float | None:
    """Seconds that the policy's tier of own consultants lasts, None without such a tier."""
    return next((tier.ring_s for tier in rota.policy.hunt.tiers if tier.who == "preferred"), None)


def _may_ring(waiting: WaitingCall, plan: Plan) -> Sequence[str]:
    if waiting.deadline_at is None or waiting.deadline_at - timedelta(seconds=MIN_RING_S) < plan.now:
        return ()  # too little time is left within the cap
    tiers = plan.rota.policy.hunt.tiers
    runs = waiting.tier_ends_at is not None and plan.now < waiting.tier_ends_at and waiting.tier < len(tiers)
    if runs and waiting.tier >= 0:
        tiers = tiers[waiting.tier : waiting.tier + 1]
    return plan.for_caller(waiting.caller).may_ring(tiers)


def instants_of(texts: Mapping[str, str] | None) -> Mapping[str, datetime]:
    """The instants of `Call.engaged`, by consultant."""
    return {code: datetime.fromisoformat(at) for code, at in (texts or {}).items()}


def _json(value: Any) -> Any:
    """A JSON column within JSON, which SQLite returns as text."""
    return json.loads(value) if isinstance(value, str) else value
