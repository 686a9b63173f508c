"""The allowed transitions of a callback, and that no others are possible."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.callbacks.life import LIVE, STATES, TRANSITIONS, State, Verb, after, is_live
from callcenter.errors import IllegalTransition

VERBS: tuple[Verb, ...] = ("claim", "give", "reach", "give_up", "cancel", "resolve", "reopen")


@pytest.mark.parametrize("state", LIVE)
def test_a_live_promise_can_be_kept_given_up_cancelled_or_resolved(state: State) -> None:
    assert after(state, "claim") == "claimed"
    assert after(state, "give") == "open"
    assert after(state, "reach") == "reached"
    assert after(state, "give_up") == "unreachable"
    assert after(state, "cancel") == "cancelled"
    assert after(state, "resolve") == "resolved"


@pytest.mark.parametrize("state", [state for state in STATES if state not in LIVE])
def test_a_closed_one_can_only_be_opened_again(state: State) -> None:
    assert after(state, "reopen") == "open"
    for verb in VERBS:
        if verb != "reopen":
            with pytest.raises(IllegalTransition, match=state):
                after(state, verb)


@given(st.lists(st.sampled_from(VERBS), max_size=30))
def test_whatever_is_done_it_is_open_closed_or_refused(verbs: list[Verb]) -> None:
    state: State = "open"
    for verb in verbs:
        if (state, verb) in TRANSITIONS:
            was_live = is_live(state)
            state = after(state, verb)
            assert was_live or state == "open"
        else:
            with pytest.raises(IllegalTransition):
                after(state, verb)


def test_the_diagram_in_the_docs_shows_these_steps() -> None:
    text = (Path(__file__).parents[2] / "docs" / "callbacks.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^    (\w+) --> (\w+)", text, re.MULTILINE))
    assert drawn == {(before, then) for (before, _), then in TRANSITIONS.items() if before != then}
