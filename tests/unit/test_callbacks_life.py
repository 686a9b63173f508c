"""The life of a callback: its rows make the allowed transitions, and no others."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.callbacks.records import ATTEMPT_STATES, Callback, CallbackAttempt
from callcenter.callbacks.rules import LIVE, STATES, TRANSITIONS, State, Verb, after, is_live
from callcenter.errors import IllegalTransition

NOW = datetime(2027, 6, 8, 9, tzinfo=UTC)
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


@pytest.mark.parametrize("state", [state for state in STATES if state not in LIVE])
def test_a_closed_callback_refuses_an_owner_a_due_time_and_another_closing(state: State) -> None:
    callback = Callback(state=state, owner="AIS", due_at=NOW, late=False)
    for change in (
        lambda: callback.assign("BRA", NOW),
        lambda: callback.claim("BRA", NOW),
        lambda: callback.hand_over("BRA", NOW),
        lambda: callback.change_due(NOW + timedelta(hours=1), NOW),
        lambda: callback.appoint(NOW + timedelta(hours=1), NOW),
        lambda: callback.close("reach", NOW),
    ):
        with pytest.raises(IllegalTransition, match=state):
            change()
    assert (callback.state, callback.owner, callback.due_at) == (state, "AIS", NOW)


@given(st.lists(st.sampled_from(ATTEMPT_STATES), max_size=12))
def test_an_attempt_never_goes_back_whatever_the_order_of_its_events(states: list[str]) -> None:
    attempt = CallbackAttempt(state="queued", expires_at=NOW)
    seen = ["queued"]
    for state in states:
        attempt.advance(state)
        seen.append(attempt.state)
    assert seen == sorted(seen, key=ATTEMPT_STATES.index)
    assert attempt.state == max(["queued", *states], key=ATTEMPT_STATES.index)


def test_an_attempt_ends_once_and_stays_as_it_ended() -> None:
    attempt = CallbackAttempt(state="ringing_consultant", expires_at=NOW)
    assert attempt.end(NOW)
    assert not attempt.end(NOW + timedelta(seconds=5))
    assert not attempt.advance("talking")
    assert (attempt.state, attempt.ended_at, attempt.suggested) == ("ended", NOW, "not_made")


def test_the_diagram_in_the_docs_shows_these_steps() -> None:
    text = (Path(__file__).parents[2] / "docs" / "callbacks.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^    (\w+) --> (\w+)", text, re.MULTILINE))
    assert drawn == {(before, then) for (before, _), then in TRANSITIONS.items() if before != then}
