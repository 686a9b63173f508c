"""Webhooks of the caller from the first hold turn to the survey: keys, redirects, the talk and its end."""

from datetime import timedelta
from functools import partial

from twilio.twiml.voice_response import Dial, Number, VoiceResponse

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.lines.register import own_numbers
from callcenter.numbers import caller_number, parse, why_not_promised
from callcenter.routing import hunting, redirects
from callcenter.routing.answer import check_soon, connect, lose_consultant, never_spoke
from callcenter.routing.outcome import finish
from callcenter.routing.ringing import end_leg, stop_ringing
from callcenter.routing.survey import ask, store_answer
from callcenter.routing.transaction import CallTransaction, answering_leg, line_number_of, live_legs
from callcenter.telephony.parameters import count
from webhooks.documents import CallerDocument, current_document
from webhooks.door import Answer, TwilioRequest, webhook
from webhooks.keyed_numbers import may_key
from webhooks.locking import lock_call

CALLBACK, MESSAGE, LANGUAGE = "1", "2", "9"
RIGHT, WRONG = "1", "2"
NUMBER_TRIES = 3
# A caller who keys in a number on a mobile holds it away from the ear and may miss the first reading.
TIMES_READ_BACK = 2
# Somebody who presses keys for longer than this does not choose any more. The promise stands.
LONGEST_CHOICE = timedelta(minutes=10)


@webhook("/webhooks/call/<id:call_id>/hold", name="hold")
def hold(request: TwilioRequest, call_id: int) -> Answer:
    """The next hold turn."""
    tx, call = lock_call(request, call_id)
    if call.stage == Stage.TALKING:
        return _resume_talk(request, tx, call)
    _end_dial_if_over(request, tx, call)
    hunting.advance(tx, call)
    if call.stage != Stage.HUNTING:
        return current_document(request, tx, call)
    if call.rest_down:
        dialled = hunting.dial_next(tx, call)
        if dialled:
            return _dial(request, tx, call, *dialled)
        if call.stage != Stage.HUNTING:
            return current_document(request, tx, call)
    first = call.turn == 1  # only the greeting came before
    return CallerDocument(request, tx, call).hold(first=first, status_prompt=partial(_status_prompt, tx, call))


@webhook("/webhooks/call/<id:call_id>/connect", name="connect")
def connect_caller(request: TwilioRequest, call_id: int) -> Answer:
    """The caller has heard the announcement and joins the conference."""
    tx, call = lock_call(request, call_id)
    if call.stage == Stage.CONNECTING and redirects.is_unanswered(call, tx.now):
        return CallerDocument(request, tx, call).hold_one_second("connect")
    if call.stage == Stage.CONNECTING:
        connect(tx, call)
    return current_document(request, tx, call)


@webhook("/webhooks/call/<id:call_id>/resume", name="resume")
def resume(request: TwilioRequest, call_id: int) -> Answer:
    """The document after a redirect. A caller whom it pulled out of a talk is put back."""
    tx, call = lock_call(request, call_id)
    call.note_redirect_over()
    if call.stage == Stage.TALKING:
        return _resume_talk(request, tx, call)
    return current_document(request, tx, call)


@webhook("/webhooks/call/<id:call_id>/choice", name="choice")
def choice(request: TwilioRequest, call_id: int) -> Answer:
    """A key was pressed during a hold turn or the offer to leave a message."""
    tx, call = lock_call(request, call_id)
    _end_dial_if_over(request, tx, call)
    key = request.params.get("Digits", "")
    if call.stage == Stage.TALKING:
        return _resume_talk(request, tx, call)
    if call.stage not in (Stage.HUNTING, Stage.OFFERING):
        return current_document(request, tx, call)
    if call.stage == Stage.OFFERING and call.message_at is not None and tx.now - call.message_at > LONGEST_CHOICE:
        return CallerDocument(request, tx, call).farewell()
    if key == CALLBACK and call.staff is None:
        return _request_callback(request, tx, call)
    if key in (CALLBACK, MESSAGE):  # consultants are not called back, but may leave a message
        _end_wait(tx, call)
        hunting.store_promised_time(tx, call, "voicemail")
        if call.stage == Stage.HUNTING:
            call.go_to(Stage.OFFERING, tx.now)
        return CallerDocument(request, tx, call).offer_message(asked=True)
    if key == LANGUAGE:
        call.switch_language()
        document = CallerDocument(request, tx, call)
        return document.hold(first=True) if call.stage == Stage.HUNTING else document.offer_message()
    document = CallerDocument(request, tx, call)
    if call.stage == Stage.HUNTING:
        return document.hold(after="wrong_key")
    return document.offer_message(again="wrong_key")


@webhook("/webhooks/call/<id:call_id>/keyed", name="keyed")
def keyed(request: TwilioRequest, call_id: int) -> Answer:
    """The caller has keyed in a number to be called back on, or chose the other language."""
    tx, call = lock_call(request, call_id)
    if call.stage != Stage.KEYING:
        return current_document(request, tx, call)
    digits = request.params.get("Digits", "")
    if digits == LANGUAGE:
        call.switch_language()
        # Who was put through has heard the news, and asked for a callback.
        return _ask_number_again(request, tx, call, "ask_number" if call.deadline_at else "nobody_anonymous")
    number = parse(digits)
    countries = tx.rota.policy.callbacks.countries if tx.rota else ()
    refused = why_not_promised(number, countries, own_numbers(tx.session))
    if refused is None and number is not None and not may_key(request, tx, call, number):
        call.go_to(Stage.RECORDING, tx.now)
        return CallerDocument(request, tx, call).record(introduced=False)
    if refused is None and number is not None:
        call.key_number(number)
        hunting.store_promised_time(tx, call, "requested")
        # Stored before it is confirmed: a caller who hangs up while it is read back is still called back.
        return CallerDocument(request, tx, call).read_number_back(tries=count(request.query.get("tries"), NUMBER_TRIES))
    return _ask_number_again(request, tx, call, "number_wrong" if number is None else "number_refused")


@webhook("/webhooks/call/<id:call_id>/checked", name="checked")
def checked(request: TwilioRequest, call_id: int) -> Answer:
    """The keyed number was read back: 1 it is right, 2 it is not.

    Without an answer the number is read back once more and is then used: discarding it would lose the request. The
    confirmation then names the number, so that the caller hears a wrong one.
    """
    tx, call = lock_call(request, call_id)
    if call.stage != Stage.KEYING or call.keyed_number is None:
        return current_document(request, tx, call)
    key = request.params.get("Digits", "")
    if key == WRONG:
        call.drop_keyed_number()
        return _ask_number_again(request, tx, call, "number_again")
    asked, tries = count(request.query.get("asked"), TIMES_READ_BACK), count(request.query.get("tries"), NUMBER_TRIES)
    if key != RIGHT and asked < TIMES_READ_BACK:
        return CallerDocument(request, tx, call).read_number_back(tries=tries, asked=asked)
    hunting.store_promised_time(tx, call, "requested")
    call.go_to(Stage.CONFIRMING, tx.now)
    return CallerDocument(request, tx, call).callback_noted(name_number=key != RIGHT)


@webhook("/webhooks/call/<id:call_id>/talked", name="talked")
def talked(request: TwilioRequest, call_id: int) -> Answer:
    """The action of the caller's `<Dial>`: the conference ended, or the caller has hung up.

    Twilio also requests it when a redirect interrupts the conference (docs/twilio.md). The stored leg is then still
    live, and nothing changes.
    """
    tx, call = lock_call(request, call_id)
    if call.stage != Stage.TALKING:
        return current_document(request, tx, call)
    if request.params.get("CallStatus") == "completed":
        return _end_call(tx, call)  # the consultant stays claimed until the consultant's leg ends
    leg = answering_leg(tx.session, call)
    # The action of an older document: the caller was put back into the conference since.
    is_late = request.query.get("turn") != str(call.turn)
    if leg is not None and leg.ended_at is None and (is_late or redirects.may_interrupt(call, tx.now)):
        return CallerDocument(request, tx, call).hold_one_second()
    if leg is not None and leg.ended_at is None:
        end_leg(tx, call, leg, LegResult.ACCEPTED)
    return _after_talk(request, tx, call, leg)


@webhook("/webhooks/call/<id:call_id>/dialled", name="dialled")
def dialled(request: TwilioRequest, call_id: int) -> Answer:
    """A `<Dial>` to a mobile ended. Its own status does not show that a person answered; only a pressed 1 does."""
    tx, call = lock_call(request, call_id)
    legs = [leg for leg in live_legs(tx.session, call) if leg.kind == "dial"]
    if any(str(leg.id) != request.query.get("leg") for leg in legs):
        # This report is late: another <Dial> is already running.
        return current_document(request, tx, call)
    if call.stage == Stage.TALKING:
        return _end_dialled_talk(request, tx, call, legs)
    for leg in legs:
        end_leg(tx, call, leg, leg.result_of(request.params.get("DialCallStatus", ""), tx.now))
    if call.stage != Stage.DIALLING:
        return current_document(request, tx, call)
    call.go_to(Stage.HUNTING, tx.now)
    next_one = hunting.dial_next(tx, call)
    return _dial(request, tx, call, *next_one) if next_one else current_document(request, tx, call)


def _end_dialled_talk(request: TwilioRequest, tx: CallTransaction, call: Call, legs: list[Leg]) -> Answer:
    """A talk over `<Dial>` ended."""
    for leg in legs:
        end_leg(tx, call, leg, LegResult.ACCEPTED)
    return _after_talk(request, tx, call, answering_leg(tx.session, call))


@webhook("/webhooks/call/<id:call_id>/survey", name="survey")
def survey(request: TwilioRequest, call_id: int) -> Answer:
    """The caller answered the survey question."""
    tx, call = lock_call(request, call_id)
    if store_answer(tx, call, request.params.get("Digits", "")):
        return CallerDocument(request, tx, call).farewell("survey_thanks")
    return CallerDocument(request, tx, call).farewell()


@webhook("/webhooks/ringing", name="ringing")
def ringing(request: TwilioRequest) -> Answer:
    """The ring tone for the first participant of a conference, until the second one joins."""
    response = VoiceResponse()
    response.play(request.url("/audio/ringing-5.wav"), loop=10)
    return response


def _end_dial_if_over(request: TwilioRequest, tx: CallTransaction, call: Call) -> None:
    """End a `<Dial>` of which no end was reported. A request with the current turn proves that no `<Dial>` is running;
    an older turn proves nothing."""
    if call.stage == Stage.DIALLING and request.query.get("turn") == str(call.turn):
        hunting.leave_dial(tx, call)


def _status_prompt(tx: CallTransaction, call: Call) -> str | None:
    """The prompt for a caller for whom all colleagues are on the telephone; None when that is not so."""
    if not call.places or call.tier_ends_at is not None or not hunting.all_are_occupied(tx, call):
        return None
    return "all_talking_first" if hunting.is_first_in_line(tx, call) else "all_talking"


def _end_wait(tx: CallTransaction, call: Call) -> None:
    """The caller chose not to wait: stop the mobiles that ring."""
    stop_ringing(tx, call, live_legs(tx.session, call), LegResult.CANCELLED)
    call.stop_waiting(tx.now)


def _ask_number_again(request: TwilioRequest, tx: CallTransaction, call: Call, key: str) -> Answer:
    """Ask for the number again, or for a message after `NUMBER_TRIES` wrong ones."""
    tries = count(request.query.get("tries"), NUMBER_TRIES) + 1
    if tries >= NUMBER_TRIES:
        call.go_to(Stage.RECORDING, tx.now)
        return CallerDocument(request, tx, call).record(introduced=False)
    return CallerDocument(request, tx, call).ask_number(key, tries=tries)


def _request_callback(request: TwilioRequest, tx: CallTransaction, call: Call) -> Answer:
    _end_wait(tx, call)
    number = caller_number(call.from_number)
    countries = tx.rota.policy.callbacks.countries if tx.rota else ()
    if why_not_promised(number, countries) is not None:
        call.go_to(Stage.KEYING, tx.now)
        return CallerDocument(request, tx, call).ask_number("ask_number" if number is None else "number_refused")
    call.want_callback()
    hunting.store_promised_time(tx, call, "requested")
    call.go_to(Stage.CONFIRMING, tx.now)
    return CallerDocument(request, tx, call).callback_noted()


def _resume_talk(request: TwilioRequest, tx: CallTransaction, call: Call) -> Answer:
    """Put the caller back into the conference, or continue after the talk when the consultant has left."""
    leg = answering_leg(tx.session, call)
    if leg is not None and leg.ended_at is not None:
        return _after_talk(request, tx, call, leg)
    if leg is not None:
        check_soon(tx, leg)
    return current_document(request, tx, call)


def _after_talk(request: TwilioRequest, tx: CallTransaction, call: Call, leg: Leg | None) -> Answer:
    if request.params.get("CallStatus") == "completed":
        return _end_call(tx, call)
    if never_spoke(call, leg):
        lose_consultant(tx, call)
        return current_document(request, tx, call)
    call.end_talk(tx.now, leg.picked_up_at if leg else None)
    call.go_to(Stage.SURVEYING, tx.now)
    document = CallerDocument(request, tx, call)
    return document.survey() if ask(tx, call) else document.farewell()


def _end_call(tx: CallTransaction, call: Call) -> Answer:
    """The caller has hung up: finish the call. A consultant who left before the talk is not replaced."""
    finish(tx, call)
    return VoiceResponse()


def _dial(request: TwilioRequest, tx: CallTransaction, call: Call, leg_id: int, mobile: str, ring_s: int) -> Answer:
    document = CallerDocument(request, tx, call)
    dial = Dial(
        action=document.address("dialled", leg=str(leg_id)),
        method="POST",
        timeout=ring_s,
        answer_on_bridge=True,
        # The line's number, as on every leg: a leg that the mobile forwards to the line is recognised by it.
        caller_id=line_number_of(tx, call),
    )
    leg_address = request.url(f"/webhooks/leg/{leg_id}")
    dial.append(
        Number(
            mobile,
            url=f"{leg_address}/screen",
            method="POST",
            status_callback=f"{leg_address}/status",
            status_callback_method="POST",
            status_callback_event="initiated ringing completed",
        )
    )
    document.response.append(dial)
    return document.response
