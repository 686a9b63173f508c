"""A caller hangs up at each stage: the outcome fits the stage, no mobile keeps ringing, a callback exists."""

from datetime import UTC, datetime

import pytest

from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import Step, hang_up, press
from callcenter.web.calls.queries import stored_call
from callcenter.web.calls.timeline import moments
from tests.support.invariants import breaches
from tests.support.town import ANYONE, LINE, SCHOOL, MakeTown

EVENING = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)
CHOSE = press("2", at_s=9)
# By stage: the caller's actions, the moment of hanging up, and the expected outcome and callback reason.
STAGES: dict[str, tuple[tuple[Step, ...], Step, str, str]] = {
    "before anything was heard": ((), hang_up(at_s=0.01), "abandoned", "abandoned"),
    "in the greeting": ((), hang_up(at_s=2), "abandoned", "abandoned"),
    "in the explanation": ((), hang_up(when="heard:niet wachten", after_s=2), "abandoned", "abandoned"),
    "in the ring tone": ((), hang_up(when="play", after_s=1), "abandoned", "abandoned"),
    "between two turns": ((), hang_up(when="gather", nth=3, after_s=0.02), "abandoned", "abandoned"),
    "in the text that nobody comes": ((), hang_up(when="heard:Het lukt nu niet", after_s=2), "missed", "missed"),
    "before the tone": ((), hang_up(when="heard:Spreek na de toon", after_s=3), "missed", "missed"),
    "in the tone": ((), hang_up(when="record", after_s=0), "missed", "missed"),
    "after the tone, silent": ((), hang_up(when="record", after_s=2), "missed", "missed"),
    "having asked to leave a message": ((CHOSE,), hang_up(at_s=10), "missed", "missed"),
    "in the confirmation": ((press("1", at_s=9),), hang_up(at_s=10), "callback_requested", "requested"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_hanging_up(a_small_town: MakeTown, stage: str) -> None:
    before, leaves, outcome, reason = STAGES[stage]
    town = a_small_town()
    town.somebody().dials(LINE, script=[*before, leaves])
    town.live(tail_s=90)

    assert town.call().outcome == outcome
    assert [callback.reason for callback in town.callbacks()] == [reason]
    assert breaches(town) == []


@pytest.mark.parametrize("spoken_s", [1, 5, 60, 179])
def test_hanging_up_while_speaking_a_message_keeps_it(a_town: MakeTown, spoken_s: float) -> None:
    town = a_town()
    town.somebody().dials(LINE, message=spoken_s, then="hangs_up")
    town.live(tail_s=90)

    assert town.call().outcome == "voicemail"
    assert [callback.reason for callback in town.callbacks()] == ["voicemail"]
    assert breaches(town) == []


@pytest.mark.parametrize("after_s", [0.01, 0.3, 0.9])
def test_hanging_up_while_being_connected(a_small_town: MakeTown, after_s: float) -> None:
    town = a_small_town()
    town.answers("BRA", after=4)
    town.somebody().dials(LINE, script=[hang_up(when="heard:Ik verbind u door", after_s=after_s)])
    town.live(tail_s=90)

    assert town.call().outcome in ("abandoned", "answered")
    bram = town.mobile("BRA").calls[-1]
    assert bram.ended_at is not None
    assert (bram.ended_at - town.call().received_at).total_seconds() < 15
    assert breaches(town) == []


@pytest.mark.parametrize("rest_is_away", [False, True])
@pytest.mark.parametrize("after_s", [0.08, 0.49, 2.2])
def test_hanging_up_before_anybody_could_speak_is_not_being_helped(
    a_town: MakeTown, after_s: float, rest_is_away: bool
) -> None:
    town = a_town(faults=(FaultRule("rest_error", kind="create-call", status=500),) if rest_is_away else ())
    town.mobile("BRA").answers_after(4, talks_s=500).presses("1")
    town.somebody().dials(LINE, script=[hang_up(when="talk", after_s=after_s)])
    town.live(tail_s=90)

    call = town.call()
    assert (call.outcome, call.counted, call.answered_by, call.talk_s) == ("abandoned", True, None, None)
    assert call.connected_at is not None
    assert call.ended_at is not None
    assert call.wait_s == pytest.approx((call.ended_at - call.received_at).total_seconds())
    assert [(callback.number, callback.reason) for callback in town.callbacks()] == [(SCHOOL, "abandoned")]
    with town.session() as session:
        told = {moment.kind: moment.code for moment in moments(stored_call(session, call.id), lambda _: None)}
    assert told["connected"] == "BRA"
    assert breaches(town) == []


@pytest.mark.parametrize("rest_is_away", [False, True])
def test_a_talk_of_three_seconds_is_being_helped(a_small_town: MakeTown, rest_is_away: bool) -> None:
    town = a_small_town(faults=(FaultRule("rest_error", kind="create-call", status=500),) if rest_is_away else ())
    town.mobile("BRA").answers_after(4, talks_s=500).presses("1")
    town.somebody().dials(LINE, script=[hang_up(when="talk", after_s=3.1)])
    town.live(tail_s=90)

    call = town.call()
    assert (call.outcome, call.answered_by) == ("answered", "BRA")
    assert call.connected_at is not None
    assert call.wait_s == pytest.approx((call.connected_at - call.received_at).total_seconds())
    assert town.callbacks() == []
    assert breaches(town) == []


def test_hanging_up_within_the_grace_after_being_connected_at_once_is_no_offered_call(a_small_town: MakeTown) -> None:
    town = a_small_town(policy="[figures]\nabandon_grace_s = 20\n" + ANYONE)
    town.mobile("BRA").answers_after(1, talks_s=500).presses("1", after=1)
    town.somebody().dials(LINE, script=[hang_up(when="talk", after_s=0.5)])
    town.live(tail_s=90)

    call = town.call()
    assert call.wait_s is not None
    assert call.wait_s < 20
    assert (call.outcome, call.counted) == ("abandoned", False)
    assert len(town.callbacks()) == 1
    assert breaches(town) == []


def test_a_colleague_gone_within_three_seconds_of_a_dialled_talk_was_no_help_and_another_is_found(
    a_small_town: MakeTown,
) -> None:
    town = a_small_town(faults=(FaultRule("rest_error", kind="create-call", status=500),))
    town.mobile("AIS").answers_after(2, talks_s=1).presses("1")
    town.mobile("BRA").answers_after(2, talks_s=30).presses("1")
    town.mobile("CEM").is_busy()
    town.somebody().dials(LINE)
    town.live(tail_s=120)

    assert (town.call().outcome, town.call().answered_by) == ("answered", "BRA")
    assert breaches(town) == []


def test_hanging_up_just_as_a_colleague_presses_1_tells_the_colleague(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("BRA",))
    town.answers("BRA", after=4, press_after=3)
    town.somebody().dials(LINE, patience=7)
    town.live(tail_s=90)

    assert town.call().outcome == "abandoned"
    said = " ".join(heard.text for heard in town.mobile("BRA").calls[-1].heard)
    assert "De beller heeft opgehangen" in said
    assert breaches(town) == []


def test_hanging_up_while_a_colleague_hears_who_calls_ends_that_leg_without_blame(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("BRA",))
    town.mobile("BRA").answers_after(4)
    town.somebody().dials(LINE, patience=7)
    town.live(tail_s=90)
    town.answers("BRA")
    town.somebody("+31201234567").dials(LINE, talks=20)
    town.live()

    assert [call.outcome for call in town.calls()] == ["abandoned", "answered"]
    assert breaches(town) == []


@pytest.mark.parametrize("side", ["caller", "colleague"])
def test_the_talk_ends_whoever_hangs_up(a_small_town: MakeTown, side: str) -> None:
    town = a_small_town()
    town.mobile("BRA").answers_after(4, talks_s=30 if side == "colleague" else 500).presses("1")
    town.somebody().dials(LINE, talks=30 if side == "caller" else None)
    town.live(tail_s=90)

    call = town.call()
    assert (call.outcome, call.answered_by) == ("answered", "BRA")
    assert call.talk_s == pytest.approx(30, abs=3)
    assert breaches(town) == []


@pytest.mark.parametrize(
    ("script", "outcome", "reason"),
    [
        ((hang_up(at_s=3),), "closed", "closed"),
        ((press("1", at_s=6), hang_up(at_s=8)), "callback_requested", "requested"),
        ((press("2", at_s=6), hang_up(at_s=8)), "closed", "closed"),
        ((hang_up(when="record", after_s=1),), "closed", "closed"),
    ],
)
def test_hanging_up_after_hours(a_small_town: MakeTown, script: tuple[Step, ...], outcome: str, reason: str) -> None:
    town = a_small_town(EVENING)
    town.somebody().dials(LINE, script=script)
    town.live(tail_s=90)

    assert town.call().outcome == outcome
    assert [callback.reason for callback in town.callbacks()] == [reason]
    assert not town.call().counted
    assert breaches(town) == []


@pytest.mark.parametrize(
    ("script", "outcome", "numbers"),
    [
        ((hang_up(when="heard:zien uw nummer", after_s=1),), "missed", []),
        ((press("0612", when="heard:zien uw nummer", after_s=5), hang_up(at_s=45)), "missed", []),
        (
            (press("0612345678#", when="heard:zien uw nummer", after_s=5), hang_up(when="heard:U toetste")),
            "callback_requested",
            ["+31612345678"],
        ),
    ],
)
def test_hanging_up_while_keying_in_a_number(
    a_small_town: MakeTown, script: tuple[Step, ...], outcome: str, numbers: list[str]
) -> None:
    town = a_small_town(on_duty=("AIS",))
    town.somebody(None).dials(LINE, script=script)
    town.live(tail_s=90)

    assert town.call().outcome == outcome
    assert [callback.number for callback in town.callbacks()] == numbers
    assert breaches(town) == []
