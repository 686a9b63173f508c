"""One press on "call": the consultant's mobile rings, then, after a key, the caller's; each happens once."""

import pytest
from sqlalchemy import Engine, select

from callcenter.callbacks.lost_attempts import CHECKED_EVERY_S
from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.clock import VirtualClock
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import ForwardedForm, PhoneKind, PhoneScript, ShownAs, press
from callcenter.telephony.records import OutboxMessage
from tests.support.callback_office import CallbackOffice
from tests.support.promises import LINE, MOBILES, SCHOOL, total

ACCEPTS = PhoneScript(after_s=3, steps=(press("1", at_s=4),), talk_s=90)


@pytest.fixture
def office(engine: Engine, clock: VirtualClock) -> CallbackOffice:
    return CallbackOffice(engine, clock)


def test_consultant_first_then_the_caller_who_sees_the_lines_number(office: CallbackOffice) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(ACCEPTS)
    office.caller().answers_after(5, talks_s=70)
    assert office.press(callback_id) == 202
    office.live()

    (to_consultant,) = office.legs_to(MOBILES["AIS"])
    (to_caller,) = office.legs_to(SCHOOL)
    assert (to_consultant.from_, to_caller.from_) == (LINE, LINE)
    assert to_consultant.answered_at is not None
    assert to_caller.created_at > to_consultant.answered_at
    assert "Terugbellen: openbare basisschool De Wegwijzer, Dordrecht, over een gemiste oproep" in office.heard_by()
    closed = office.callback(callback_id)
    assert (closed.state, closed.attempts, closed.closed_in_time) == ("reached", 1, True)
    (attempt,) = office.attempts(callback_id)
    assert (attempt.result, attempt.suggested, attempt.talk_s) == ("reached", "reached", 70)
    assert office.is_free()
    assert office.failures() == []


def test_nobody_pressing_1_never_rings_the_caller(office: CallbackOffice) -> None:
    callback_id = office.missed_call()
    office.mobile().answers_after(3)
    office.press(callback_id)
    office.live()
    assert office.legs_to(SCHOOL) == []
    assert [attempt.result for attempt in office.attempts(callback_id)] == ["not_made"]
    assert office.callback(callback_id).attempts == 0
    assert office.is_free()
    assert office.failures() == []


@pytest.mark.parametrize("kind", ["voicemail", "busy", "off", "declines", "no_answer", "unreachable"])
def test_a_mobile_that_is_not_answered_by_its_owner_rings_nobody(office: CallbackOffice, kind: PhoneKind) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(PhoneScript(kind, after_s=2))
    office.press(callback_id)
    office.live()
    assert office.legs_to(SCHOOL) == []
    assert office.callback(callback_id).state == "claimed"
    assert office.is_free()


@pytest.mark.parametrize(
    ("shown", "form"),
    [("caller", "absent"), ("mobile", "absent"), ("mobile", "e164"), ("mobile", "national"), ("withheld", "e164")],
)
def test_a_mobile_that_is_sent_on_to_the_line_brings_our_own_leg_back_and_is_no_call(
    office: CallbackOffice, shown: ShownAs, form: ForwardedForm
) -> None:
    callback_id = office.missed_call()
    office.mobile().forwards_to(LINE, after=8, form=form, shown_as=shown)
    office.press(callback_id)
    office.live()
    with office.sessions() as session:
        assert [call.outcome for call in session.scalars(select(Call))] == ["rejected"]
        assert session.scalars(select(Callback.id)).all() == [callback_id]
    assert [attempt.result for attempt in office.attempts(callback_id)] == ["not_made"]
    assert office.is_free()


def test_a_wrong_key_is_asked_once_more(office: CallbackOffice) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(PhoneScript(after_s=3, steps=(press("5", at_s=3), press("1", at_s=9)), talk_s=60))
    office.caller().answers_after(5, talks_s=50)
    office.press(callback_id)
    office.live()
    assert len(office.legs_to(SCHOOL)) == 1
    assert office.callback(callback_id).state == "reached"


@pytest.mark.parametrize("lost_from_s", [4, 15, 60])
def test_a_talk_whose_end_nobody_heard_of_is_over_two_minutes_later(office: CallbackOffice, lost_from_s: int) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(ACCEPTS)
    office.caller().answers_after(5, talks_s=70)
    office.press(callback_id)
    office.twilio.run_for(8 + lost_from_s)
    office.twilio.faults.add(FaultRule("drop", kind="*status*"))
    office.twilio.faults.add(FaultRule("drop", kind="action"))
    office.live(tail_s=1)
    assert not office.is_free()

    for _ in range(4):
        office.twilio.run_for(CHECKED_EVERY_S / 4)
        office.look()
        office.dispatcher.run_due()
    assert office.is_free()
    (attempt,) = office.attempts(callback_id)
    assert attempt.ended_at is not None
    assert attempt.suggested == ("reached" if lost_from_s > 4 else None)


def test_a_long_talk_is_asked_about_every_two_minutes_and_goes_on(office: CallbackOffice) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(PhoneScript(after_s=3, steps=(press("1", at_s=4),), talk_s=900))
    office.caller().answers_after(5, talks_s=700)
    office.press(callback_id)
    office.twilio.run_for(20)
    for _ in range(40):
        office.twilio.run_for(15)
        office.look()
        office.dispatcher.run_due()
    assert not office.is_free()
    with office.sessions() as session:
        asked = session.scalars(select(OutboxMessage.state).where(OutboxMessage.kind == "check_attempt")).all()
    assert asked == ["done"] * len(asked)
    assert 4 <= len(asked) <= 5
    office.live()
    assert office.is_free()
    assert office.attempts(callback_id)[0].talk_s == 700


def test_a_second_press_while_it_rings_does_nothing(office: CallbackOffice) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(ACCEPTS)
    office.caller().answers_after(5, talks_s=70)
    assert [office.press(callback_id), office.press(callback_id)] == [202, 202]
    office.twilio.run_for(2)
    assert office.press(callback_id) == 202
    office.live()
    assert (len(office.legs_to(MOBILES["AIS"])), len(office.legs_to(SCHOOL))) == (1, 1)
    assert len(office.attempts(callback_id)) == 1


def test_two_callbacks_at_once_ring_one_after_the_other(office: CallbackOffice) -> None:
    first, second = office.missed_call(), office.missed_call("+31786140001")
    office.mobile().follows(ACCEPTS)
    office.press(first)
    status, problem = office.api("POST", f"/callbacks/{second}/call")
    assert (status, problem["detail"]) == (409, "you are on a call")
    office.live()
    assert office.twilio.double_rings() == []


@pytest.mark.parametrize(
    ("script", "result"),
    [
        (PhoneScript("no_answer"), "no_answer"),
        (PhoneScript("busy"), "no_answer"),
        (PhoneScript("declines", after_s=4), "no_answer"),
    ],
)
def test_a_caller_who_does_not_answer_is_tried_again_later(
    office: CallbackOffice, script: PhoneScript, result: str
) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(ACCEPTS)
    office.caller().follows(script)
    office.press(callback_id)
    office.live()
    assert [attempt.result for attempt in office.attempts(callback_id)] == [result]
    callback = office.callback(callback_id)
    assert (callback.state, callback.attempts) == ("claimed", 1)
    assert callback.next_attempt_at is not None
    assert "Er wordt niet opgenomen" in office.heard_by()
    assert office.is_free()


def test_the_result_can_be_keyed_in_afterwards(office: CallbackOffice) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(
        PhoneScript(after_s=3, steps=(press("1", at_s=4), press("3", when="heard:ingesproken", after_s=1)), talk_s=300)
    )
    office.caller().voicemail_after(4, records_s=40)
    office.press(callback_id)
    office.live()
    (attempt,) = office.attempts(callback_id)
    assert (attempt.suggested, attempt.result) == ("reached", "voicemail")
    assert office.callback(callback_id).state == "claimed"
    assert "Genoteerd" in office.heard_by()


def test_a_tap_on_the_page_confirms_and_is_no_second_attempt(office: CallbackOffice) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(ACCEPTS)
    office.caller().answers_after(5, talks_s=70)
    office.press(callback_id)
    office.live()
    status, shape = office.api("POST", f"/callbacks/{callback_id}/attempts", result="reached")
    assert (status, shape["state"], len(shape["attempts"])) == (201, "reached", 1)


def test_the_caller_reaching_us_while_the_mobile_rings_ends_that_ringing(office: CallbackOffice) -> None:
    callback_id = office.missed_call()
    office.mobile().follows(PhoneScript("no_answer"))
    office.press(callback_id)
    office.twilio.run_for(5)
    assert office.api("PATCH", f"/callbacks/{callback_id}", "lead", state="reached")[0] == 200
    office.twilio.run_for(5)
    (leg,) = office.legs_to(MOBILES["AIS"])
    assert not leg.is_live
    office.live()
    assert office.is_free()


@pytest.mark.parametrize(
    "faults",
    [
        (FaultRule("duplicate", path="/webhooks/callback/*", seconds=0.2),),
        (FaultRule("duplicate", path="/webhooks/callback/*", seconds=30),),
        (FaultRule("reorder", path="/webhooks/callback/*", kind="*status*", seconds=20),),
        (FaultRule("delay", path="/webhooks/callback/*", kind="*status*", seconds=30),),
        (FaultRule("drop", path="/webhooks/callback/*", kind="*status*"),),
        (FaultRule("rest_429", kind="create-call", times=1),),
        (FaultRule("rest_error", kind="create-call", status=429, times=2),),
    ],
    ids=["twice", "twice and late", "out of order", "late", "no events", "rate limit", "rate limit twice"],
)
def test_whatever_happens_to_the_events_it_is_one_call_and_one_result(
    engine: Engine, clock: VirtualClock, faults: tuple[FaultRule, ...]
) -> None:
    office = CallbackOffice(engine, clock, faults)
    callback_id = office.missed_call()
    office.mobile().follows(ACCEPTS)
    office.caller().answers_after(5, talks_s=70)
    office.press(callback_id)
    office.live(90)
    for _ in range(5):  # when the last event is lost, the claim expires
        office.wait(15)
        office.look()
    assert (len(office.legs_to(MOBILES["AIS"])), len(office.legs_to(SCHOOL))) == (1, 1)
    assert [attempt.result for attempt in office.attempts(callback_id)] == ["reached"]
    callback = office.callback(callback_id)
    assert (callback.state, callback.attempts, callback.closed_in_time) == ("reached", 1, True)
    assert total(office.sessions, "callcenter_callbacks_closed_total") == 1
    assert office.is_free()


def test_a_creation_of_which_nobody_knows_is_not_repeated(engine: Engine, clock: VirtualClock) -> None:
    office = CallbackOffice(engine, clock, [FaultRule("rest_timeout", kind="create-call", reaches=True)])
    callback_id = office.missed_call()
    office.mobile().follows(ACCEPTS)
    office.press(callback_id)
    office.live()
    assert len(office.legs_to(MOBILES["AIS"])) == 1
    assert len(office.attempts(callback_id)) == 1
    assert office.is_free()


def test_a_key_just_as_the_rest_side_fails_leaves_everything_free(engine: Engine, clock: VirtualClock) -> None:
    office = CallbackOffice(engine, clock, [FaultRule("rest_error", kind="create-call", status=500)])
    callback_id = office.missed_call()
    office.press(callback_id)
    office.live()
    assert office.legs_to(MOBILES["AIS"]) == []
    assert [attempt.result for attempt in office.attempts(callback_id)] == ["not_made"]
    assert office.is_free()
