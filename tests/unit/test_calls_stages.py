"""Which steps of a call's life are allowed? Every pair of stages, and the sentence of a refusal."""

import pytest

from callcenter.calls.stages import STATE, TRANSITIONS, Stage, check_transition
from callcenter.errors import IllegalTransition

# From each stage (none: a call that comes in) to the stages that may follow.
ALLOWED = {
    None: "hunting offering ended",
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


@pytest.mark.parametrize("before", [None, *Stage], ids=str)
@pytest.mark.parametrize("after", list(Stage), ids=str)
def test_a_call_goes_only_where_its_life_allows(before: Stage | None, after: Stage) -> None:
    if after.value in ALLOWED[before].split():
        check_transition(before, after)
    else:
        with pytest.raises(IllegalTransition):
            check_transition(before, after)


def test_a_refused_step_names_both_stages() -> None:
    with pytest.raises(IllegalTransition, match=r"^a call does not go from ended to hunting$"):
        check_transition(Stage.ENDED, Stage.HUNTING)
    with pytest.raises(IllegalTransition, match=r"^a call does not go from nowhere to talking$"):
        check_transition(None, Stage.TALKING)


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
