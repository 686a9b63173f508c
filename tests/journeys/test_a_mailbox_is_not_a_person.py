"""A talk that the consultant ends may have been with a mailbox: it counts as reached only when somebody says so."""

import pytest
from sqlalchemy import Engine

from callcenter.clock import VirtualClock
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import PhoneScript, press
from tests.support.callback_office import CallbackOffice


@pytest.fixture
def office(engine: Engine, clock: VirtualClock) -> CallbackOffice:
    return CallbackOffice(engine, clock)


def leaves_a_message(office: CallbackOffice, hangs_up_after_s: float = 30) -> int:
    """The consultant rings back, speaks to the school's mailbox and hangs up. Returns the callback's id."""
    callback_id = office.missed_call()
    office.mobile().follows(PhoneScript(after_s=3, steps=(press("1", at_s=4),), talk_s=hangs_up_after_s))
    office.caller().voicemail_after(4, records_s=120)
    assert office.press(callback_id) == 202
    office.live()
    return callback_id


def test_a_message_on_the_schools_mailbox_is_not_reached_and_is_tried_again(office: CallbackOffice) -> None:
    callback_id = leaves_a_message(office)
    (attempt,) = office.attempts(callback_id)
    assert (attempt.suggested, attempt.result, attempt.talk_s) == ("unclear", None, 30)
    assert office.callback(callback_id).state == "claimed"
    assert "Er wordt niet opgenomen" not in office.heard_by()

    office.wait(10)
    office.look()
    (attempt,) = office.attempts(callback_id)
    callback = office.callback(callback_id)
    assert (attempt.result, callback.state, callback.attempts) == ("no_answer", "claimed", 1)
    assert callback.next_attempt_at is not None
    assert office.failures() == []


def test_whoever_did_speak_to_somebody_says_so_until_the_end_of_the_day(office: CallbackOffice) -> None:
    callback_id = leaves_a_message(office)
    office.wait(10)
    office.look()
    office.wait(5 * 60)
    status, shape = office.api("POST", f"/callbacks/{callback_id}/attempts", result="reached")
    assert (status, shape["state"], shape["closed_in_time"], len(shape["attempts"])) == (201, "reached", True, 1)


def test_the_next_day_a_result_is_a_new_attempt(office: CallbackOffice) -> None:
    callback_id = leaves_a_message(office)
    office.wait(10)
    office.look()
    office.wait(24 * 60)
    status, shape = office.api("POST", f"/callbacks/{callback_id}/attempts", result="voicemail")
    assert (status, [one["result"] for one in shape["attempts"]]) == (201, ["no_answer", "voicemail"])


def test_a_longer_talk_that_the_consultant_ended_is_reached(office: CallbackOffice) -> None:
    callback_id = leaves_a_message(office, hangs_up_after_s=45)
    assert office.callback(callback_id).state == "reached"


def test_a_talk_that_the_caller_ended_is_reached_and_the_consultant_was_asked(office: CallbackOffice) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(PhoneScript(after_s=3, steps=(press("1", at_s=4),), talk_s=90))
    office.caller().answers_after(5, talks_s=20)
    office.press(callback_id)
    office.live()
    assert "Bericht ingesproken: toets 3" in office.heard_by()
    (attempt,) = office.attempts(callback_id)
    assert (attempt.suggested, attempt.result) == ("reached", "reached")


@pytest.mark.parametrize(
    "fault",
    [
        FaultRule("drop", path="/webhooks/callback/*/dialled"),
        FaultRule("drop", path="/webhooks/callback/*/caller"),
        FaultRule("duplicate", path="/webhooks/callback/*", seconds=5),
        FaultRule("delay", path="/webhooks/callback/*/caller", seconds=90),
    ],
    ids=["the dial's end is lost", "the caller's end is lost", "twice", "the caller's end is late"],
)
def test_whatever_happens_to_the_events_a_mailbox_is_not_reached(
    engine: Engine, clock: VirtualClock, fault: FaultRule
) -> None:
    office = CallbackOffice(engine, clock, [fault])
    callback_id = leaves_a_message(office)
    office.wait(12)
    office.look()
    assert [attempt.result for attempt in office.attempts(callback_id)] == ["no_answer"]
    assert office.callback(callback_id).state == "claimed"
    assert office.is_free()


def test_an_end_that_came_late_still_tells_that_the_caller_hung_up(engine: Engine, clock: VirtualClock) -> None:
    office = CallbackOffice(engine, clock, [FaultRule("delay", path="/webhooks/callback/*/dialled", seconds=2)])
    callback_id = office.missed_call()
    office.mobile().follows(PhoneScript(after_s=3, steps=(press("1", at_s=4),), talk_s=90))
    office.caller().answers_after(5, talks_s=20)
    office.press(callback_id)
    office.live()
    assert office.callback(callback_id).state == "reached"
