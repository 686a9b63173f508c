"""A text is sent until it is worthless and never twice unsaid; one that fails for good takes another way."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from callcenter.app import make_dispatcher
from callcenter.callbacks.records import Callback
from callcenter.clock import VirtualClock
from callcenter.notify.channels import text_message
from callcenter.notify.untold import untold
from callcenter.standin.faults import FaultRule
from callcenter.telephony.outbox import enqueue
from callcenter.telephony.records import OutboxMessage
from schedules import callbacks
from tests.support.callback_office import BASE, CallbackOffice
from tests.support.held import Held
from tests.support.promises import LINE, MOBILES
from tests.support.slow_channels import WebHook, a_web_hook

BODY = "Nieuw terugbelverzoek, bellen vóór 11.00 uur"
AGAIN = f"(Mogelijk dubbel) {BODY}"
NOBODY = "+31000"  # Twilio refuses it for good: 21211
FAILED = "Een sms aan een consulent over een terugbelverzoek kwam niet aan: https://callcenter.example.nl/terugbellen"
STOPPED = "want die mobiel stuurde STOP"


@pytest.fixture
def lead() -> Iterator[WebHook]:
    with a_web_hook() as found:
        yield found


Make = Callable[..., CallbackOffice]


@pytest.fixture
def office(engine: Engine, clock: VirtualClock, lead: WebHook) -> Make:
    """Makes the office on both databases; the team lead has one channel, unless `channels` says otherwise."""

    def make(*faults: FaultRule, channels: str | None = None) -> CallbackOffice:
        return CallbackOffice(engine, clock, faults, CALLCENTER_NOTIFY_URLS=lead.url if channels is None else channels)

    return make


def text_is_due(office: CallbackOffice, expires_in_s: float = 4 * 3600.0, to: str = MOBILES["AIS"]) -> int:
    """A text to Aïsha about a callback of hers is ordered. Returns the callback's id."""
    callback_id = office.missed_call()
    with office.sessions.begin() as session:
        order = text_message(
            consultant="AIS",
            to=to,
            from_=LINE,
            body=BODY,
            callback_ids=[callback_id],
            expires_in_s=expires_in_s,
        )
        enqueue(session, office.clock.now(), order)
    return callback_id


def live(office: CallbackOffice, seconds: float, step_s: float = 10) -> None:
    for _ in range(int(seconds / step_s)):
        office.dispatcher.run_due()
        office.twilio.run_for(step_s)
    office.dispatcher.run_due()


def look(office: CallbackOffice) -> None:
    """Run the callbacks job once, with one channel of the team lead."""
    callbacks.run(office.sessions, office.clock, public_url=BASE, lead_channels=1)


def texts(office: CallbackOffice) -> list[str]:
    return [body for _, body in office.mobile().texts]


def state(office: CallbackOffice) -> tuple[str, str | None]:
    """The order's state and error."""
    with office.sessions() as session:
        found = select(OutboxMessage.state, OutboxMessage.error).where(OutboxMessage.kind == "notify_sms")
        (state, error) = session.execute(found).one()
        return state, error


def untold_texts(office: CallbackOffice) -> int:
    with office.sessions() as session:
        return untold(session, office.clock.now())["notify_sms"]


def is_untold(office: CallbackOffice, callback_id: int) -> bool:
    return office.callback(callback_id).untold_at is not None


def answers(status: int, *, reaches: bool = False, times: int | None = None) -> FaultRule:
    return FaultRule("rest_error", kind="create-message", status=status, reaches=reaches, times=times)


def test_a_text_that_is_refused_for_an_hour_is_sent_when_that_stops(office: Make, lead: WebHook) -> None:
    at_work = office(FaultRule("rest_429", kind="create-message"))
    callback_id = text_is_due(at_work)
    live(at_work, 3600)
    assert untold_texts(at_work) == 1  # seen meanwhile
    at_work.twilio.faults.clear()
    live(at_work, 610)
    assert (texts(at_work), lead.got) == ([BODY], [])
    assert not is_untold(at_work, callback_id)
    assert untold_texts(at_work) == 0


@pytest.mark.parametrize("reaches", [True, False])
def test_after_an_error_of_twilio_one_more_is_sent_that_says_so(office: Make, lead: WebHook, reaches: bool) -> None:
    at_work = office(answers(503, reaches=reaches, times=1))
    callback_id = text_is_due(at_work)
    live(at_work, 50)
    assert texts(at_work) == ([BODY] if reaches else [])
    live(at_work, 1800)
    assert texts(at_work) == ([BODY, AGAIN] if reaches else [AGAIN])
    assert (state(at_work)[0], lead.got, is_untold(at_work, callback_id)) == ("done", [], False)


def test_after_two_errors_of_twilio_the_lead_is_told(office: Make, lead: WebHook) -> None:
    at_work = office(answers(500, reaches=True))
    callback_id = text_is_due(at_work)
    live(at_work, 4 * 3600, step_s=60)
    assert texts(at_work) == [BODY, AGAIN]
    assert lead.got == [FAILED]
    assert is_untold(at_work, callback_id)
    assert untold_texts(at_work) == 0  # the lead knows


def test_a_text_without_an_answer_is_not_sent_again_and_the_lead_is_told_at_once(office: Make, lead: WebHook) -> None:
    at_work = office(FaultRule("rest_timeout", kind="create-message", reaches=True))
    callback_id = text_is_due(at_work)
    live(at_work, 20)
    assert lead.got == [FAILED]
    live(at_work, 1800, step_s=60)
    assert (texts(at_work), lead.got) == ([BODY], [FAILED])
    assert is_untold(at_work, callback_id)


def test_a_wrong_number_is_refused_once_and_for_all(office: Make, lead: WebHook) -> None:
    at_work = office()
    text_is_due(at_work, to=NOBODY)
    live(at_work, 600)
    assert (state(at_work)[0], lead.got) == ("failed", [FAILED])
    assert at_work.twilio.rest.requests["create-message"] == 1


def test_a_text_that_expires_takes_the_other_way(office: Make, lead: WebHook) -> None:
    at_work = office(FaultRule("rest_429", kind="create-message"))
    callback_id = text_is_due(at_work, expires_in_s=900)
    live(at_work, 880)
    assert lead.got == []
    live(at_work, 40)
    assert lead.got == [FAILED]
    assert is_untold(at_work, callback_id)


def test_one_that_nobody_took_in_time_takes_it_too(office: Make, lead: WebHook) -> None:
    at_work = office()
    callback_id = text_is_due(at_work, expires_in_s=900)
    at_work.clock.advance(3600)
    live(at_work, 20)
    assert (texts(at_work), lead.got) == ([], [FAILED])
    assert is_untold(at_work, callback_id)


def test_nobody_is_told_of_a_text_about_callbacks_that_are_in_other_hands_by_now(office: Make, lead: WebHook) -> None:
    at_work = office()
    callback_id = text_is_due(at_work, to=NOBODY)
    with at_work.sessions.begin() as session:
        callback = session.get_one(Callback, callback_id)
        callback.assign("BRA", at_work.clock.now() + timedelta(seconds=1))
    live(at_work, 600)
    assert (state(at_work)[0], lead.got) == ("failed", [])
    assert not is_untold(at_work, callback_id)
    assert untold_texts(at_work) == 0


def test_without_a_channel_of_the_lead_it_is_counted_as_untold_for_a_day(office: Make) -> None:
    at_work = office(channels="")
    callback_id = text_is_due(at_work, to=NOBODY)
    live(at_work, 20)
    assert is_untold(at_work, callback_id)
    assert untold_texts(at_work) == 1
    scrape = at_work.app.test_client().get("/metrics").text
    assert 'callcenter_messages_untold{kind="notify_sms"} 1.0' in scrape
    assert 'callcenter_messages_untold{kind="notify_lead"} 0.0' in scrape
    at_work.clock.advance(24 * 3600)
    assert untold_texts(at_work) == 0


def test_a_stop_is_told_as_a_stop_and_its_callbacks_are_untold(office: Make, lead: WebHook) -> None:
    at_work = office()
    at_work.mobile().sends("STOP", to=LINE)
    at_work.wait(1)
    callback_id = text_is_due(at_work)
    live(at_work, 60)
    assert len(lead.got) == 1
    assert STOPPED in lead.got[0]
    assert is_untold(at_work, callback_id)


def test_two_hosts_do_not_send_one_text_twice_when_the_first_is_slow(office: Make, lead: WebHook) -> None:
    at_work = office()
    text_is_due(at_work)
    slow = Held()
    at_work.dispatcher.run_in_threads(slow, 1)  # the first host sends it, and is slow
    survivor = make_dispatcher(at_work.office, at_work.twilio_api)
    at_work.clock.advance(59)
    assert survivor.run_due() == 0
    at_work.clock.advance(2)
    assert survivor.run_due() == 0  # no answer came
    assert survivor.run_due() == 1  # the message to the lead
    assert (texts(at_work), lead.got) == ([], [FAILED])
    slow.go_on()
    at_work.dispatcher.record_finished()
    live(at_work, 3600, step_s=60)
    assert state(at_work) == ("failed", "a worker died")
    assert (texts(at_work), lead.got) == ([BODY], [FAILED])


def test_nor_of_one_that_came_back_since_because_that_is_another_giving(office: Make, lead: WebHook) -> None:
    at_work = office()
    callback_id = text_is_due(at_work, to=NOBODY)
    at_work.clock.advance(1)
    with at_work.sessions.begin() as session:
        callback = session.get_one(Callback, callback_id)
        callback.assign("BRA", at_work.clock.now())
        callback.assign("AIS", at_work.clock.now())
    live(at_work, 600)
    assert lead.got == []
    assert not is_untold(at_work, callback_id)


def test_callbacks_whose_report_reached_nobody_are_reported_again(office: Make, lead: WebHook) -> None:
    at_work = office()
    at_work.missed_call()
    at_work.clock.advance(2 * 3600)
    lead.always = 404
    look(at_work)
    live(at_work, 60)
    assert len(lead.got) == 1
    for _ in range(40):
        look(at_work)
        live(at_work, 300, step_s=60)
    assert len(lead.got) == 1  # not at each look
    lead.always = 200
    for _ in range(10):
        live(at_work, 600, step_s=60)
        look(at_work)
    live(at_work, 60)
    assert len(lead.got) == 2
    assert lead.got[0] == lead.got[1]
