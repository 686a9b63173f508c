"""The allowed transitions of a call: every pair of stages, and the message of a refusal."""

from datetime import UTC, datetime

import pytest

from callcenter.calls.call import Call
from callcenter.calls.stages import STATE, TRANSITIONS, Stage
from callcenter.errors import IllegalTransition

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
# From each stage (none: a call that comes in) to the stages that may follow.
ALLOWED = {
    None: "hunting offering keying recording ended",
    "hunting": "connecting dialling offering keying confirming ended",
    "dialling": "hunting talking ended",
    "connecting": "talking hunting ended",
    "talking": "surveying hunting ended",
    "surveying": "ended",
    "offering": "keying recording confirming ended",
    "keying": "recording confirming ended",
    "recording": "confirming ended",
    "confirming": "recording ended",
    "ended": "",
}


def a_call(stage: Stage | None) -> Call:
    return Call(stage=str(stage)) if stage else Call()


@pytest.mark.parametrize("before", [None, *Stage], ids=str)
@pytest.mark.parametrize("after", list(Stage), ids=str)
def test_a_call_goes_only_where_its_life_allows(before: Stage | None, after: Stage) -> None:
    call = a_call(before)
    if after.value in ALLOWED[before].split():
        call.go_to(after, NOW)
        assert (call.stage, call.state, call.last_event_at) == (after, STATE[after], NOW)
    else:
        with pytest.raises(IllegalTransition):
            call.go_to(after, NOW)
        assert call.stage == before


def test_a_refused_step_names_both_stages() -> None:
    with pytest.raises(IllegalTransition, match=r"^a call does not go from ended to hunting$"):
        a_call(Stage.ENDED).go_to(Stage.HUNTING, NOW)
    with pytest.raises(IllegalTransition, match=r"^a call does not go from nowhere to talking$"):
        a_call(None).go_to(Stage.TALKING, NOW)


@pytest.mark.parametrize("after", [stage for stage in Stage if stage.value in ALLOWED["hunting"]], ids=str)
def test_a_call_that_leaves_the_hunt_is_not_due_and_has_no_place_for_mobiles(after: Stage) -> None:
    call = Call(stage="hunting", next_due_at=NOW, places=2)
    call.go_to(after, NOW)
    assert (call.next_due_at, call.places) == (None, 0)


def test_every_stage_has_its_steps_and_the_state_that_the_api_shows() -> None:
    assert set(TRANSITIONS) == {None, *Stage}
    assert {stage.value: state for stage, state in STATE.items()} == {
        "hunting": "ringing",
        "dialling": "ringing",
        "connecting": "ringing",
        "talking": "connected",
        "surveying": "connected",
        "offering": "message",
        "keying": "message",
        "recording": "message",
        "confirming": "message",
        "ended": "ended",
    }
