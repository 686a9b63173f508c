"""The cause for each caller who reached nobody is the one that the team lead can act on."""

import pytest

from callcenter.calls.stages import LegResult
from callcenter.reachability.causes import Cause, Decision, by_frequency, cause_of
from callcenter.web.words import CAUSES, DECISIONS


def exhausted(*reasons: str | None) -> list[Decision]:
    """A message was taken at once, because each person on duty had such a reason."""
    return [Decision("message: exhausted", [{"consultant": f"C{n}", "reason": why} for n, why in enumerate(reasons)])]


@pytest.mark.parametrize(
    ("outcome", "legs", "decisions", "cause"),
    [
        ("voicemail", [], exhausted(), Cause.NOBODY_ON_DUTY),
        ("missed", [], exhausted("not_planned", "is_the_caller", "just_let_go"), Cause.NOBODY_ON_DUTY),
        # Free, and in no tier for this caller.
        ("voicemail", [], exhausted(None, None), Cause.NOT_FOR_THE_CALLER),
        ("missed", [], exhausted("outside_role", "is_the_caller"), Cause.NOT_FOR_THE_CALLER),
        ("missed", [], exhausted(None, "on_call"), Cause.ALL_TALKING),
        ("callback_requested", [], exhausted("on_call", "on_call", "reserved"), Cause.ALL_TALKING),
        ("voicemail", [], exhausted("on_call", "wrap_up", "break"), Cause.ALL_TALKING),
        ("abandoned", [], [Decision("wait", exhausted("on_call", "reserved")[0].reasons)], Cause.ALL_TALKING),
        ("voicemail", [], exhausted("paused", "away", "on_call"), Cause.NOBODY_FREE),
        ("missed", [], exhausted("break", "busy"), Cause.NOBODY_FREE),
        ("missed", ["declined", "no_answer", "busy"], exhausted("already_offered"), Cause.NOT_ACCEPTED),
        # The mobile rang until the search was over.
        ("voicemail", ["cancelled"], [], Cause.NOT_ACCEPTED),
        ("voicemail", ["voicemail", "voicemail", "no_answer"], exhausted("already_offered"), Cause.MAILBOX),
        ("abandoned", ["no_answer", "cancelled", "cancelled"], [], Cause.NOT_ACCEPTED),
        ("abandoned", ["cancelled", "too_late"], [], Cause.GAVE_UP),
        ("abandoned", [None], [], Cause.GAVE_UP),
        # Accepted, and the caller hung up before the two could speak.
        ("abandoned", ["accepted"], [], Cause.GAVE_UP),
        ("missed", ["failed", "failed"], [], Cause.NOT_RUNG),
        ("voicemail", [], [Decision("limit: number", [])], Cause.LIMIT),
        ("missed", [], [Decision("reconciled: list", [])], Cause.DOWN),
        ("missed", ["no_answer"], [Decision("reconciled: list", [])], Cause.DOWN),
        # Decisions are erased before calls.
        ("missed", [], [], Cause.UNKNOWN),
    ],
)
def test_each_unreached_caller_has_the_cause_one_can_act_on(
    outcome: str, legs: list[str | None], decisions: list[Decision], cause: Cause
) -> None:
    assert cause_of(outcome, legs, decisions) is cause


@pytest.mark.parametrize("result", list(LegResult))
def test_a_mobile_that_was_rung_always_tells_a_cause(result: LegResult) -> None:
    assert cause_of("voicemail", [result], exhausted()) not in (Cause.UNKNOWN, Cause.NOBODY_ON_DUTY)


@pytest.mark.parametrize("reason", ["on_call", "reserved", "wrap_up", "turn_of_another", "paused", "away", "break"])
def test_the_reasons_are_those_that_a_decision_stores(reason: str) -> None:
    assert reason in DECISIONS
    assert cause_of("missed", [], exhausted(reason)) in (Cause.ALL_TALKING, Cause.NOBODY_FREE)


def test_the_most_frequent_cause_comes_first_and_each_has_words() -> None:
    found = by_frequency([Cause.GAVE_UP, Cause.MAILBOX, Cause.GAVE_UP, Cause.NOT_ACCEPTED])
    assert found == [(Cause.GAVE_UP, 2), (Cause.NOT_ACCEPTED, 1), (Cause.MAILBOX, 1)]
    assert set(CAUSES) == set(Cause)
