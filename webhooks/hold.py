"""What happens while a caller waits? Hold turns, keys pressed, and being fetched when a consultant accepted."""

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
from callcenter.routing.survey import asks, store_answer
from callcenter.routing.transaction import CallTransaction, answering_leg, line_number_of, live_legs
from callcenter.telephony.parameters import count
from webhooks.documents import CallerDocument, current_document
from webhooks.door import Answer, TwilioRequest, webhook
from webhooks.locking import lock_call

CALLBACK, MESSAGE, LANGUAGE = "1", "2", "9"
RIGHT, WRONG = "1", "2"
NUMBER_TRIES = 3
# Who keys in a number on a mobile holds it away from the ear: the number is read back a second time.
TIMES_READ_BACK = 2


@webhook("/webhooks/call/<int:call_id>/hold", name="hold")
def hold(request: TwilioRequest, call_id: int) -> Answer:
    """The next turn of waiting."""
    tx, call = lock_call(request, call_id)
    if call.stage == Stage.TALKING:
        return _talk_or_survey(request, tx, call)
    _know_where_the_caller_is(request, tx, call)
    hunting.advance(tx, call)
    if call.stage != Stage.HUNTING:
        return current_document(request, tx, call)
    if call.rest_down:
        dialled = hunting.dial_next(tx, call)
        if dialled:
            return _dial(request, tx, call, *dialled)
        if call.stage != Stage.HUNTING:
            return current_document(request, tx, call)
    first = call.turn == 1  # only the greeting was said
    return CallerDocument(request, tx, call).hold(first=first, word=partial(_word, tx, call))


@webhook("/webhooks/call/<int:call_id>/connect", name="connect")
def connect_caller(request: TwilioRequest, call_id: int) -> Answer:
    """The caller has heard that a colleague was found, and joins."""
    tx, call = lock_call(request, call_id)
    if call.stage == Stage.CONNECTING and redirects.is_unanswered(call, tx.now):
        return CallerDocument(request, tx, call).wait_a_moment("connect")
    if call.stage == Stage.CONNECTING:
        connect(tx, call)
    return current_document(request, tx, call)


@webhook("/webhooks/call/<int:call_id>/resume", name="resume")
def resume(request: TwilioRequest, call_id: int) -> Answer:
    """We asked Twilio to fetch this caller: what to do now. Somebody who was pulled out of a talk is put back."""
    tx, call = lock_call(request, call_id)
    call.note_redirect_over()
    if call.stage == Stage.TALKING:
        return _talk_or_survey(request, tx, call)
    return current_document(request, tx, call)


@webhook("/webhooks/call/<int:call_id>/choice", name="choice")
def choice(request: TwilioRequest, call_id: int) -> Answer:
    """A key was pressed while waiting, or after hearing that nobody comes."""
    tx, call = lock_call(request, call_id)
    _know_where_the_caller_is(request, tx, call)
    key = request.params.get("Digits", "")
    if call.stage == Stage.TALKING:
        return _talk_or_survey(request, tx, call)
    if call.stage not in (Stage.HUNTING, Stage.OFFERING):
        return current_document(request, tx, call)
    if key == CALLBACK and call.staff is None:
        return _want_callback(request, tx, call)
    if key in (CALLBACK, MESSAGE):  # a colleague is not rung back, but may leave word
        stop_hunt(tx, call)
        hunting.promise_callback(tx, call, "voicemail")
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


@webhook("/webhooks/call/<int:call_id>/keyed", name="keyed")
def keyed(request: TwilioRequest, call_id: int) -> Answer:
    """A caller who withholds the number keyed one in."""
    tx, call = lock_call(request, call_id)
    if call.stage != Stage.KEYING:
        return current_document(request, tx, call)
    number = parse(request.params.get("Digits", ""))
    countries = tx.rota.policy.callbacks.countries if tx.rota else ()
    refused = why_not_promised(number, countries, own_numbers(tx.session))
    if refused is None and number is not None:
        call.key_number(number)
        hunting.promise_callback(tx, call, "requested")
        # Kept before it is confirmed: whoever hangs up while it is read back is rung.
        return CallerDocument(request, tx, call).check_number(tries=count(request.query.get("tries"), NUMBER_TRIES))
    return _key_again(request, tx, call, "number_wrong" if number is None else "number_refused")


@webhook("/webhooks/call/<int:call_id>/checked", name="checked")
def checked(request: TwilioRequest, call_id: int) -> Answer:
    """The keyed number was read back: 1 it is right, 2 it is not.

    Without an answer it is read back once more and then stands: the caller keyed it and heard it twice, and to throw it
    away would lose a request. The promise then names the number, so that a wrong one is never promised in silence.
    """
    tx, call = lock_call(request, call_id)
    if call.stage != Stage.KEYING or call.keyed_number is None:
        return current_document(request, tx, call)
    key = request.params.get("Digits", "")
    if key == WRONG:
        call.drop_keyed_number()
        return _key_again(request, tx, call, "number_again")
    asked, tries = count(request.query.get("asked"), TIMES_READ_BACK), count(request.query.get("tries"), NUMBER_TRIES)
    if key != RIGHT and asked < TIMES_READ_BACK:
        return CallerDocument(request, tx, call).check_number(tries=tries, asked=asked)
    hunting.promise_callback(tx, call, "requested")
    call.go_to(Stage.CONFIRMING, tx.now)
    return CallerDocument(request, tx, call).callback_noted(name_number=key != RIGHT)


@webhook("/webhooks/call/<int:call_id>/talked", name="talked")
def talked(request: TwilioRequest, call_id: int) -> Answer:
    """The conversation ended and the caller is still there, or Twilio asks the interrupted document's action after a
    request of ours: then our own record says that nothing ended, and nothing changes (docs/twilio.md)."""
    tx, call = lock_call(request, call_id)
    if call.stage != Stage.TALKING:
        return current_document(request, tx, call)
    if request.params.get("CallStatus") == "completed":
        return _caller_is_gone(tx, call)  # the colleague is taken until the own leg ends
    leg = answering_leg(tx.session, call)
    # An older document's action is asked late: the caller was put back since.
    is_late = request.query.get("turn") != str(call.turn)
    if leg is not None and leg.ended_at is None and (is_late or redirects.may_interrupt(call, tx.now)):
        return CallerDocument(request, tx, call).wait_a_moment()
    if leg is not None and leg.ended_at is None:
        end_leg(tx, call, leg, LegResult.ACCEPTED)
    return _after_talk(request, tx, call, leg)


@webhook("/webhooks/call/<int:call_id>/dialled", name="dialled")
def dialled(request: TwilioRequest, call_id: int) -> Answer:
    """A <Dial> of ours ended. What it says of itself is not believed: only a pressed 1 counts."""
    tx, call = lock_call(request, call_id)
    legs = [leg for leg in live_legs(tx.session, call) if leg.kind == "dial"]
    if any(str(leg.id) != request.query.get("leg") for leg in legs):
        # Another <Dial> runs by now: the end of this one was told late, and the caller is long past it.
        return current_document(request, tx, call)
    if call.stage == Stage.TALKING:
        return talked_by_dial(request, tx, call, legs)
    for leg in legs:
        end_leg(tx, call, leg, leg.result_of(request.params.get("DialCallStatus", ""), tx.now))
    if call.stage != Stage.DIALLING:
        return current_document(request, tx, call)
    call.go_to(Stage.HUNTING, tx.now)
    next_one = hunting.dial_next(tx, call)
    return _dial(request, tx, call, *next_one) if next_one else current_document(request, tx, call)


def talked_by_dial(request: TwilioRequest, tx: CallTransaction, call: Call, legs: list[Leg]) -> Answer:
    """A conversation over <Dial> ended."""
    for leg in legs:
        end_leg(tx, call, leg, LegResult.ACCEPTED)
    return _after_talk(request, tx, call, answering_leg(tx.session, call))


@webhook("/webhooks/call/<int:call_id>/survey", name="survey")
def survey(request: TwilioRequest, call_id: int) -> Answer:
    """The caller answered the one question."""
    tx, call = lock_call(request, call_id)
    if store_answer(tx, call, request.params.get("Digits", "")):
        return CallerDocument(request, tx, call).farewell("survey_thanks")
    return CallerDocument(request, tx, call).farewell()


@webhook("/webhooks/ringing", name="ringing")
def ringing(request: TwilioRequest) -> Answer:
    """What the first of the two hears until the other has joined the conference."""
    response = VoiceResponse()
    response.play(request.url("/audio/ringing-5.wav"), loop=10)
    return response


def _know_where_the_caller_is(request: TwilioRequest, tx: CallTransaction, call: Call) -> None:
    """Whoever follows the newest document we gave is in no <Dial>: that one came to nothing, and its last word with it.
    A request that comes late follows an older document, and tells nothing."""
    if call.stage == Stage.DIALLING and request.query.get("turn") == str(call.turn):
        hunting.leave_dial(tx, call)


def _word(tx: CallTransaction, call: Call) -> str | None:
    """What this turn of waiting says of how it stands, where that is true."""
    if not call.places or call.tier_ends_at is not None or not hunting.all_colleagues_talk(tx, call):
        return None
    return "all_talking_first" if hunting.is_first_in_line(tx, call) else "all_talking"


def stop_hunt(tx: CallTransaction, call: Call) -> None:
    """The caller waits no longer: nobody need be rung any more."""
    stop_ringing(tx, call, live_legs(tx.session, call), LegResult.CANCELLED)
    call.stop_waiting(tx.now)


def _key_again(request: TwilioRequest, tx: CallTransaction, call: Call, key: str) -> Answer:
    """Ask for the number once more, or for a message when that was tried often enough."""
    tries = count(request.query.get("tries"), NUMBER_TRIES) + 1
    if tries >= NUMBER_TRIES:
        call.go_to(Stage.RECORDING, tx.now)
        return CallerDocument(request, tx, call).record(introduced=False)
    return CallerDocument(request, tx, call).ask_number(key, tries=tries)


def _want_callback(request: TwilioRequest, tx: CallTransaction, call: Call) -> Answer:
    stop_hunt(tx, call)
    number = caller_number(call.from_number)
    countries = tx.rota.policy.callbacks.countries if tx.rota else ()
    if why_not_promised(number, countries) is not None:
        call.go_to(Stage.KEYING, tx.now)
        return CallerDocument(request, tx, call).ask_number("ask_number" if number is None else "number_refused")
    call.want_callback()
    hunting.promise_callback(tx, call, "requested")
    call.go_to(Stage.CONFIRMING, tx.now)
    return CallerDocument(request, tx, call).callback_noted()


def _talk_or_survey(request: TwilioRequest, tx: CallTransaction, call: Call) -> Answer:
    """Back to the colleague, or on when that one has left."""
    leg = answering_leg(tx.session, call)
    if leg is not None and leg.ended_at is not None:
        return _after_talk(request, tx, call, leg)
    if leg is not None:
        check_soon(tx, leg)
    return current_document(request, tx, call)


def _after_talk(request: TwilioRequest, tx: CallTransaction, call: Call, leg: Leg | None) -> Answer:
    if request.params.get("CallStatus") == "completed":
        return _caller_is_gone(tx, call)
    if never_spoke(call, leg):
        lose_consultant(tx, call)
        return current_document(request, tx, call)
    call.end_talk(tx.now)
    call.go_to(Stage.SURVEYING, tx.now)
    document = CallerDocument(request, tx, call)
    return document.survey() if asks(call) else document.farewell()


def _caller_is_gone(tx: CallTransaction, call: Call) -> Answer:
    """However soon that is: there is nobody to look a colleague for."""
    call.end_talk(tx.now)
    finish(tx, call)
    return VoiceResponse()


def _dial(request: TwilioRequest, tx: CallTransaction, call: Call, leg_id: int, mobile: str, ring_s: int) -> Answer:
    document = CallerDocument(request, tx, call)
    dial = Dial(
        action=document.address("dialled", leg=str(leg_id)),
        method="POST",
        timeout=ring_s,
        answer_on_bridge=True,
        # As on every leg of ours: by this number the loop guard knows it when the mobile sends it back to us.
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
