"""Counts the consultants on duty for the line by state."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from callcenter.presence.records import ConsultantState
from callcenter.reachability.labels import CONSULTANT_STATES
from callcenter.rota.duty import present
from callcenter.rota.model import Rota


def states_now(rota: Rota, states: Mapping[str, ConsultantState], now: datetime) -> dict[str, int]:
    """The number of consultants on duty in role `line` in each state; `on_duty` is their total.

    states: by consultant's code; a consultant without a row is available.
    """
    counts: Counter[str] = Counter(dict.fromkeys(CONSULTANT_STATES, 0))
    for person in present(rota, now):
        if person.role == "line":
            counts["on_duty"] += 1
            counts[_state(states.get(person.consultant), now)] += 1
    return dict(counts)


def _state(state: ConsultantState | None, now: datetime) -> str:
    if state is None:
        return "available"
    # When a claim has expired, the last event of its call was lost.
    if state.talking_since is not None and (state.reserved_until is None or state.reserved_until > now):
        return "talking"
    if state.paused_until is not None and state.paused_until > now:
        return "paused"
    if state.presence_until is not None and state.presence_until > now:
        return state.presence
    return "available"
