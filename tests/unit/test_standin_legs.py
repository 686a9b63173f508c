"""Legs to mobiles: created by REST or dialled in TwiML, then answered, screened, connected or cancelled."""

from typing import Any

import pytest

from callcenter.standin.log import Ring, double_rings
from callcenter.standin.people.scripts import press
from callcenter.standin.stand_in import StandIn
from tests.support.toy_product import (
    ANN,
    BASE,
    BOB,
    CONFERENCE,
    LINE,
    SCHOOL,
    START,
    Product,
    a_client,
    an_office,
    twiml,
)

ALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
SCREEN = twiml('<Gather numDigits="1" timeout="6" action="/accept"><Say>Toets 1</Say></Gather>')


def ring(office: StandIn, number: str, **more: Any) -> str:
    """Create a leg through the official client; returns its SID."""
    wanted = {"url": f"{BASE}/screen", "status_callback": f"{BASE}/leg", "status_callback_event": ALL_EVENTS}
    return str(a_client(office).calls.create(to=number, from_=LINE, **{**wanted, **more}).sid)


def events(product: Product) -> list[str]:
    return [params["CallStatus"] for params in product.asked("/leg")]


@pytest.mark.parametrize(
    ("behave", "expected"),
    [
        (lambda phone: phone.answers_after(4).presses("1"), ["initiated", "ringing", "in-progress", "completed"]),
        (lambda phone: phone.voicemail_after(0), ["initiated", "ringing", "in-progress", "completed"]),
        (lambda phone: phone.never_answers(), ["initiated", "ringing", "no-answer"]),
        (lambda phone: phone.declines_after(3), ["initiated", "ringing", "busy"]),
        (lambda phone: phone.is_busy(), ["initiated", "busy"]),
        (lambda phone: phone.is_off(), ["initiated", "no-answer"]),
        (lambda phone: phone.is_unreachable(), ["initiated", "failed"]),
    ],
)
def test_each_kind_of_telephone_has_its_events_in_order(behave: Any, expected: list[str]) -> None:
    product = Product({"/screen": SCREEN, "/accept": twiml("<Say>Dank je</Say>")})
    office = an_office(product)
    behave(office.phone(ANN))
    ring(office, ANN, timeout=15)
    office.settle()
    assert events(product) == expected
    told = product.asked("/leg")
    assert [params["SequenceNumber"] for params in told] == [str(n) for n in range(len(told))]
    assert {params["Direction"] for params in told} == {"outbound-api"}


def test_a_leg_rings_until_its_timeout_counted_from_its_own_start() -> None:
    product = Product()
    office = an_office(product, calls_per_second=0.1)
    for number in (ANN, BOB):
        ring(office, number, timeout=15)
    office.settle()
    lengths = [(r.end - r.start).total_seconds() for r in office.exchange.rings if r.end]
    assert lengths == [pytest.approx(14.5)] * 2
    assert (office.exchange.rings[1].start - office.exchange.rings[0].start).total_seconds() == pytest.approx(10)


def test_only_the_events_asked_for_come() -> None:
    product = Product({"/screen": SCREEN})
    office = an_office(product)
    office.phone(ANN).answers_after(3)
    ring(office, ANN, status_callback_event=["completed"])
    office.settle()
    assert events(product) == ["completed"]


def test_events_in_one_spaced_string_are_accepted_and_never_come() -> None:
    product = Product({"/screen": SCREEN})
    office = an_office(product)
    ring(office, ANN, status_callback_event=["initiated ringing"], timeout=5)
    office.settle()
    assert events(product) == []
    assert [alert.code for alert in office.alerts] == [21626]


def test_a_screened_leg_that_presses_one_and_a_caller_meet_in_the_conference() -> None:
    product = Product({"/webhooks/voice": twiml("<Pause length='60'/>"), "/screen": SCREEN})
    product.pages |= {"/accept": CONFERENCE.format('endConferenceOnExit="true"'), "/connect": CONFERENCE.format("")}
    product.pages["/after"] = lambda params: twiml("<Say>Eén vraag</Say>") if params["To"] == LINE else twiml()
    office = an_office(product)
    office.phone(ANN).answers_after(4, talks_s=30).presses("1", after=2)
    caller = office.caller(SCHOOL).dials(LINE)
    office.run_for(1)
    ring(office, ANN)
    office.run_for(8)
    assert not caller.call.talking
    a_client(office).calls(caller.sid).update(url=f"{BASE}/connect", method="POST")
    office.settle()
    assert caller.was_connected
    assert caller.call.talk_s == pytest.approx(30)
    assert caller.said() == "Eén vraag"
    assert product.asked("/accept")[0]["Digits"] == "1"


def test_the_conference_tells_of_joining_starting_leaving_and_ending() -> None:
    noun = (
        'statusCallback="/conference" statusCallbackEvent="start end join leave" participantLabel="x" waitUrl="" '
        'endConferenceOnExit="true"'
    )
    product = Product({"/webhooks/voice": CONFERENCE.format(noun), "/screen": CONFERENCE.format(noun)})
    office = an_office(product)
    office.phone(ANN).answers_after(2, talks_s=20)
    caller = office.caller(SCHOOL).dials(LINE)
    ring(office, ANN)
    office.settle()
    told = product.asked("/conference")
    assert [params["StatusCallbackEvent"].rpartition("-")[2] for params in told] == [
        "join", "join", "start", "leave", "leave", "end",
    ]  # fmt: skip
    assert told[-1]["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert len({params["ConferenceSid"] for params in told}) == 1
    assert "pause" in [heard.what for heard in caller.heard]


def test_whoever_waits_in_a_conference_hears_its_wait_document_again_and_again() -> None:
    product = Product({"/webhooks/voice": CONFERENCE.format('waitUrl="/wait"'), "/wait": twiml("<Pause length='5'/>")})
    office = an_office(product)
    office.caller(SCHOOL).dials(LINE, patience=32)
    office.settle()
    assert len(product.asked("/wait")) == 7


def test_a_third_one_does_not_fit_in_a_conference_for_two() -> None:
    product = Product({"/webhooks/voice": CONFERENCE.format('maxParticipants="2"')})
    product.pages["/after"] = twiml("<Say>Een collega was je voor</Say>")
    office = an_office(product)
    callers = [office.caller(SCHOOL).dials(LINE, patience=60) for _ in range(3)]
    office.run_for(5)
    assert [caller.call.talking for caller in callers] == [True, True, False]
    assert product.asked("/after")[0]["DialCallStatus"] == "failed"


def dial(*numbers: str, attributes: str = "") -> str:
    nouns = "".join(f'<Number url="/screen" statusCallback="/leg">{number}</Number>' for number in numbers)
    return twiml(f'<Dial action="/dialled" timeout="15" callerId="{LINE}" {attributes}>{nouns}</Dial>')


def test_the_first_that_picks_up_is_connected_even_when_it_is_a_mailbox() -> None:
    product = Product({"/webhooks/voice": dial(ANN, BOB), "/screen": twiml("<Pause/>"), "/dialled": twiml()})
    office = an_office(product)
    office.phone(ANN).answers_after(6)
    office.phone(BOB).voicemail_after(0, records_s=20)
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert caller.was_connected
    assert {leg.to: leg.status for leg in office.calls if leg.parent} == {ANN: "canceled", BOB: "completed"}
    result = product.asked("/dialled")[0]
    assert (result["DialCallStatus"], result["DialBridged"]) == ("completed", "true")
    assert product.asked("/screen")[0]["ParentCallSid"] == caller.sid


def test_a_screening_that_hangs_up_reads_completed_though_nobody_was_helped() -> None:
    product = Product({"/webhooks/voice": dial(ANN), "/dialled": twiml("<Say>Niemand</Say>")})
    product.pages["/screen"] = twiml('<Gather timeout="3" action="/accept"/>', "<Hangup/>")
    office = an_office(product)
    office.phone(ANN).answers_after(3)
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    result = product.asked("/dialled")[0]
    assert (result["DialCallStatus"], result["DialBridged"]) == ("completed", "false")
    assert not caller.was_connected
    assert caller.said() == "Niemand"


@pytest.mark.parametrize(
    ("behave", "status"),
    [
        (lambda phone: phone.never_answers(), "no-answer"),
        (lambda phone: phone.is_busy(), "busy"),
        (lambda phone: phone.is_unreachable(), "failed"),
    ],
)
def test_a_dial_nobody_answers_tells_why(behave: Any, status: str) -> None:
    product = Product({"/webhooks/voice": dial(ANN), "/dialled": twiml()})
    office = an_office(product)
    behave(office.phone(ANN))
    office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert product.asked("/dialled")[0]["DialCallStatus"] == status


def test_numbers_can_be_dialled_one_after_the_other() -> None:
    product = Product({"/webhooks/voice": dial(ANN, BOB, attributes='sequential="true"'), "/dialled": twiml()})
    office = an_office(product)
    office.phone(ANN).declines_after(4)
    office.phone(BOB).answers_after(3, talks_s=10)
    office.caller(SCHOOL).dials(LINE)
    office.settle()
    first, second = office.exchange.rings
    assert (first.number, second.number) == (ANN, BOB)
    assert first.end is not None
    assert first.end <= second.start


def test_answering_on_the_bridge_leaves_the_caller_ringing_until_then() -> None:
    product = Product({"/webhooks/voice": dial(ANN, attributes='answerOnBridge="true"'), "/dialled": twiml()})
    office = an_office(product)
    office.phone(ANN).answers_after(6, talks_s=10)
    caller = office.caller(SCHOOL).dials(LINE)
    office.run_for(5)
    assert caller.status == "ringing"
    office.settle()
    assert caller.call.duration_s(office.world.now()) <= 11


def test_a_redirect_during_a_dial_asks_its_action_first_and_plays_only_the_new_document() -> None:
    product = Product({"/webhooks/voice": dial(ANN), "/dialled": twiml("<Say>oud</Say>")})
    product.pages |= {"/new": twiml("<Say>nieuw</Say>"), "/screen": twiml()}
    office = an_office(product)
    office.phone(ANN).answers_after(2, talks_s=300)
    caller = office.caller(SCHOOL).dials(LINE)
    office.run_for(20)
    a_client(office).calls(caller.sid).update(url=f"{BASE}/new", method="POST")
    office.settle()
    asked = {hook.url: hook.at for hook in caller.webhooks}
    assert (asked[f"{BASE}/new"] - asked[f"{BASE}/dialled"]).total_seconds() == pytest.approx(0.3)
    assert product.asked("/dialled")[0]["DialCallStatus"] == "completed"
    assert caller.said() == "nieuw"


def test_addresses_in_twiml_sent_by_rest_must_be_absolute() -> None:
    office = an_office(Product({"/webhooks/voice": twiml("<Pause length='60'/>")}))
    caller = office.caller(SCHOOL).dials(LINE)
    office.run_for(5)
    a_client(office).calls(caller.sid).update(twiml=twiml("<Redirect>/next</Redirect>"))
    office.settle()
    assert [alert.code for alert in office.alerts] == [15004]


def test_a_forwarded_leg_comes_back_to_the_line_and_ends_when_it_is_rejected() -> None:
    product = Product({"/webhooks/voice": twiml("<Reject/>")})
    office = an_office(product)
    office.phone(ANN).forwards_to(LINE, after=8, form="national")
    ring(office, ANN, timeout=20)
    office.settle()
    back = product.asked("/webhooks/voice")[0]
    assert (back["From"], back["ForwardedFrom"]) == (LINE, "0600000001")
    assert events(product) == ["initiated", "ringing", "busy"]


def test_a_forwarded_leg_counts_as_picked_up_when_the_line_answers_it() -> None:
    product = Product({"/webhooks/voice": twiml("<Say>Goedemorgen</Say>"), "/screen": SCREEN})
    office = an_office(product)
    office.phone(ANN).forwards_to(LINE, after=8)
    ring(office, ANN, timeout=20)
    office.settle()
    assert events(product) == ["initiated", "ringing", "in-progress", "completed"]


def test_a_cancelled_leg_stops_ringing_at_once() -> None:
    product = Product()
    office = an_office(product)
    sid = ring(office, ANN)
    office.run_for(5)
    a_client(office).calls(sid).update(status="canceled")
    office.settle()
    assert events(product) == ["initiated", "ringing", "canceled"]
    assert office.exchange.rings[0].end is not None


def test_somebody_talking_is_busy_for_the_next_leg() -> None:
    product = Product({"/webhooks/voice": CONFERENCE.format(""), "/screen": CONFERENCE.format("")})
    office = an_office(product)
    office.phone(ANN).answers_after(2, talks_s=300)
    office.caller(SCHOOL).dials(LINE, patience=400)
    ring(office, ANN)
    office.run_for(60)
    ring(office, ANN)
    office.run_for(5)
    assert events(product)[-1] == "busy"


def test_two_rings_of_one_telephone_at_once_are_found() -> None:
    from datetime import timedelta

    def at(seconds: int) -> Any:
        return START + timedelta(seconds=seconds)

    apart = [Ring(ANN, "CA1", at(0), at(5)), Ring(ANN, "CA2", at(5), at(9)), Ring(BOB, "CA3", at(1), None)]
    assert double_rings(apart) == []
    assert len(double_rings([*apart, Ring(ANN, "CA4", at(8), at(12))])) == 1


def test_text_messages_go_both_ways_and_their_delivery_is_told() -> None:
    product = Product({"/webhooks/sms": twiml("<Message>U bent beschikbaar</Message>")})
    office = an_office(product)
    office.phone(ANN).sends("beschikbaar", LINE)
    office.run_for(10)
    assert product.asked("/webhooks/sms")[0]["Body"] == "beschikbaar"
    assert office.phone(ANN).texts == [(LINE, "U bent beschikbaar")]
    a_client(office).messages.create(to=ANN, from_=LINE, body="Terugbelverzoek", status_callback=f"{BASE}/sms-status")
    office.exchange.messages.failing[BOB] = 30005
    a_client(office).messages.create(to=BOB, from_=LINE, body="Terugbelverzoek", status_callback=f"{BASE}/sms-status")
    office.run_for(10)
    told = [(params["To"], params["MessageStatus"]) for params in product.asked("/sms-status")]
    assert told[2:] == [(ANN, "delivered"), (BOB, "undelivered")]
    assert product.asked("/sms-status")[-1]["ErrorCode"] == "30005"


def test_a_key_pressed_during_screening_of_a_dialled_leg_reaches_its_action() -> None:
    product = Product({"/webhooks/voice": dial(ANN), "/screen": SCREEN, "/accept": twiml(), "/dialled": twiml()})
    office = an_office(product)
    office.phone(ANN).answers_after(3, talks_s=20).presses("1", after=1)
    caller = office.caller(SCHOOL).dials(LINE, script=[press("5", at_s=1)])
    office.settle()
    assert product.asked("/accept")[0]["Digits"] == "1"
    assert caller.was_connected
