"""Which states may a callback go through? The life of a promise, as one table."""

from collections.abc import Mapping
from typing import Literal

from callcenter.errors import IllegalTransition

State = Literal["open", "claimed", "reached", "unreachable", "cancelled", "resolved"]
Verb = Literal["claim", "give", "reach", "give_up", "cancel", "resolve", "reopen"]

STATES: tuple[State, ...] = ("open", "claimed", "reached", "unreachable", "cancelled", "resolved")
LIVE: tuple[State, ...] = ("open", "claimed")

# claim: the owner says "I do this one"; give: it goes to another owner, who has not said so yet;
# give_up: after the policy's number of attempts; resolve: the caller reached us first.
_FROM_LIVE: Mapping[Verb, State] = {
    "claim": "claimed",
    "give": "open",
    "reach": "reached",
    "give_up": "unreachable",
    "cancel": "cancelled",
    "resolve": "resolved",
}
TRANSITIONS: Mapping[tuple[State, Verb], State] = {
    **{(state, verb): after for state in LIVE for verb, after in _FROM_LIVE.items()},
    **{(state, "reopen"): "open" for state in STATES if state not in LIVE},
}


def is_live(state: str) -> bool:
    """Whether the promise is still to be kept."""
    return state in LIVE


def after(state: State, verb: Verb) -> State:
    """The state that follows. Raises IllegalTransition when the life cycle has no such step."""
    try:
        return TRANSITIONS[state, verb]
    except KeyError:
        raise IllegalTransition(f"a callback that is {state} cannot be changed by {verb}") from None
