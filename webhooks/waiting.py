"""What happens while a caller waits? Hold turns, keys pressed, and being fetched when a consultant accepted."""

from functools import partial

from twilio.twiml.voice_response import Dial, Number, VoiceResponse

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.lines.register import own_numbers
from callcenter.numbers import caller_number, parse, why_not_promised
from callcenter.routing import fetching, hunting
from callcenter.routing import legs as leg_life
from callcenter.routing.answer import connect, look_after, lose_consultant, never_spoke
from callcenter.routing.outcome import end_talk, finish
from callcenter.routing.survey import asks, store_answer
from callcenter.routing.work import Work, answering_leg, line_number_of, live_legs, move
from callcenter.telephony.parameters import count
from webhooks.documents import CallerDocument, current_document
from webhooks.door import Answer, Step, webhook
from webhooks.work import on_call

CALLBACK, MESSAGE, LANGUAGE = "1", "2", "9"
RIGHT, WRONG = "1", "2"
NUMBER_TRIES = 3
# Who keys in a number on a mobile holds it away from the ear: the number is read back a second time.
TIMES_READ_BACK = 2


@webhook("/webhooks/call/<int:call_id>/hold", name="hold")
def hold(step: Step, call_id: int) -> Answer:
    """The next turn of waiting."""
    work, call = on_call(step, call_id)
    if call.step == Stage.TALKING:
        return _talk_or_survey(step, work, call)
    _know_where_the_caller_is(step, work, call)
    hunting.advance(work, call)
    if call.step != Stage.HUNTING:
        return current_document(step, work, call)
    if call.rest_down:
        dialled = hunting.dial_next(work, call)
        if dialled:
            return _dial(step, work, call, *dialled)
        if call.step != Stage.HUNTING:
            return current_document(step, work, call)
    first = call.turn == 1  # only the greeting was said
    return CallerDocument(step, work, call).hold(first=first, word=partial(_word, work, call))


@webhook("/webhooks/call/<int:call_id>/connect", name="connect")
def connect_caller(step: Step, call_id: int) -> Answer:
    """The caller has heard that a colleague was found, and joins."""
    work, call = on_call(step, call_id)
    if call.step == Stage.CONNECTING and fetching.is_unanswered(call, work.now):
        return CallerDocument(step, work, call).wait_a_moment("connect")
    if call.step == Stage.CONNECTING:
        connect(work, call)
    return current_document(step, work, call)


@webhook("/webhooks/call/<int:call_id>/resume", name="resume")
def resume(step: Step, call_id: int) -> Answer:
    """We asked Twilio to fetch this caller: what to do now. Somebody who was pulled out of a talk is put back."""
    work, call = on_call(step, call_id)
    fetching.note_over(call)
    if call.step == Stage.TALKING:
        return _talk_or_survey(step, work, call)
    return current_document(step, work, call)


@webhook("/webhooks/call/<int:call_id>/choice", name="choice")
def choice(step: Step, call_id: int) -> Answer:
    """A key was pressed while waiting, or after hearing that nobody comes."""
    work, call = on_call(step, call_id)
    _know_where_the_caller_is(step, work, call)
    key = step.params.get("Digits", "")
    if call.step == Stage.TALKING:
        return _talk_or_survey(step, work, call)
    if call.step not in (Stage.HUNTING, Stage.OFFERING):
        return current_document(step, work, call)
    if key == CALLBACK and call.staff is None:
        return _want_callback(step, work, call)
    if key in (CALLBACK, MESSAGE):  # a colleague is not rung back, but may leave word
        stop_hunt(work, call)
        hunting.note_promise(work, call, "voicemail")
        if call.step == Stage.HUNTING:
            move(call, Stage.OFFERING, work.now)
        return CallerDocument(step, work, call).offer_message(asked=True)
    if key == LANGUAGE:
        call.language = "en" if call.language == "nl" else "nl"
        document = CallerDocument(step, work, call)
        return document.hold(first=True) if call.step == Stage.HUNTING else document.offer_message()
    document = CallerDocument(step, work, call)
    if call.step == Stage.HUNTING:
        return document.hold(after="wrong_key")
    return document.offer_message(again="wrong_key")


@webhook("/webhooks/call/<int:call_id>/keyed", name="keyed")
def keyed(step: Step, call_id: int) -> Answer:
    """A caller who withholds the number keyed one in."""
    work, call = on_call(step, call_id)
    if call.step != Stage.KEYING:
        return current_document(step, work, call)
    number = parse(step.params.get("Digits", ""))
    countries = work.rota.policy.callbacks.countries if work.rota else ()
    refused = why_not_promised(number, countries, own_numbers(work.session))
    if refused is None and number is not None:
        call.keyed_number = number
        call.wants_callback = True
        hunting.note_promise(work, call, "requested")
        # Kept before it is confirmed: whoever hangs up while it is read back is rung.
        return CallerDocument(step, work, call).check_number(tries=count(step.query.get("tries"), NUMBER_TRIES))
    return _key_again(step, work, call, "number_wrong" if number is None else "number_refused")


@webhook("/webhooks/call/<int:call_id>/checked", name="checked")
def checked(step: Step, call_id: int) -> Answer:
    """The keyed number was read back: 1 it is right, 2 it is not.

    Without an answer it is read back once more and then stands: the caller keyed it and heard it twice, and to throw it
    away would lose a request. The promise then names the number, so that a wrong one is never promised in silence.
    """
    work, call = on_call(step, call_id)
    if call.step != Stage.KEYING or call.keyed_number is None:
        return current_document(step, work, call)
    key = step.params.get("Digits", "")
    if key == WRONG:
        call.keyed_number = None
        call.wants_callback = False
        return _key_again(step, work, call, "number_again")
    asked, tries = count(step.query.get("asked"), TIMES_READ_BACK), count(step.query.get("tries"), NUMBER_TRIES)
    if key != RIGHT and asked < TIMES_READ_BACK:
        return CallerDocument(step, work, call).check_number(tries=tries, asked=asked)
    hunting.note_promise(work, call, "requested")
    move(call, Stage.CONFIRMING, work.now)
    return CallerDocument(step, work, call).callback_noted(name_number=key != RIGHT)


@webhook("/webhooks/call/<int:call_id>/talked", name="talked")
def talked(step: Step, call_id: int) -> Answer:
    """The conversation ended and the caller is still there, or Twilio asks the interrupted document's action after a
    request of ours: then our own record says that nothing ended, and nothing changes (docs/twilio.md)."""
    work, call = on_call(step, call_id)
    if call.step != Stage.TALKING:
        return current_document(step, work, call)
    if step.params.get("CallStatus") == "completed":
        return _caller_is_gone(work, call)  # the colleague is taken until the own leg ends
    leg = answering_leg(work.session, call)
    # An older document's action is asked late: the caller was put back since.
    is_late = step.query.get("turn") != str(call.turn)
    if leg is not None and leg.ended_at is None and (is_late or fetching.may_interrupt(call, work.now)):
        return CallerDocument(step, work, call).wait_a_moment()
    if leg is not None and leg.ended_at is None:
        leg_life.end(work, call, leg, LegResult.ACCEPTED)
    return _after_talk(step, work, call, leg)


@webhook("/webhooks/call/<int:call_id>/dialled", name="dialled")
def dialled(step: Step, call_id: int) -> Answer:
    """A <Dial> of ours ended. What it says of itself is not believed: only a pressed 1 counts."""
    work, call = on_call(step, call_id)
    legs = [leg for leg in live_legs(work.session, call) if leg.kind == "dial"]
    if any(str(leg.id) != step.query.get("leg") for leg in legs):
        # Another <Dial> runs by now: the end of this one was told late, and the caller is long past it.
        return current_document(step, work, call)
    if call.step == Stage.TALKING:
        return talked_by_dial(step, work, call, legs)
    for leg in legs:
        leg_life.end(work, call, leg, leg_life.result_of_status(leg, step.params.get("DialCallStatus", ""), work.now))
    if call.step != Stage.DIALLING:
        return current_document(step, work, call)
    move(call, Stage.HUNTING, work.now)
    next_one = hunting.dial_next(work, call)
    return _dial(step, work, call, *next_one) if next_one else current_document(step, work, call)


def talked_by_dial(step: Step, work: Work, call: Call, legs: list[Leg]) -> Answer:
    """A conversation over <Dial> ended."""
    for leg in legs:
        leg_life.end(work, call, leg, LegResult.ACCEPTED)
    return _after_talk(step, work, call, answering_leg(work.session, call))


@webhook("/webhooks/call/<int:call_id>/survey", name="survey")
def survey(step: Step, call_id: int) -> Answer:
    """The caller answered the one question."""
    work, call = on_call(step, call_id)
    if store_answer(work, call, step.params.get("Digits", "")):
        return CallerDocument(step, work, call).farewell("survey_thanks")
    return CallerDocument(step, work, call).farewell()


@webhook("/webhooks/ringing", name="ringing")
def ringing(step: Step) -> Answer:
    """What the first of the two hears until the other has joined the conference."""
    response = VoiceResponse()
    response.play(step.url("/audio/ringing-5.wav"), loop=10)
    return response


def _know_where_the_caller_is(step: Step, work: Work, call: Call) -> None:
    """Whoever follows the newest document we gave is in no <Dial>: that one came to nothing, and its last word with it.
    A request that comes late follows an older document, and tells nothing."""
    if call.step == Stage.DIALLING and step.query.get("turn") == str(call.turn):
        hunting.leave_dial(work, call)


def _word(work: Work, call: Call) -> str | None:
    """What this turn of waiting says of how it stands, where that is true."""
    if not call.places or call.tier_ends_at is not None or not hunting.all_colleagues_talk(work, call):
        return None
    return "all_talking_first" if hunting.is_first_in_line(work, call) else "all_talking"


def stop_hunt(work: Work, call: Call) -> None:
    """The caller waits no longer: nobody need be rung any more."""
    leg_life.stop(work, call, live_legs(work.session, call), LegResult.CANCELLED)
    call.message_at = call.message_at or work.now


def _key_again(step: Step, work: Work, call: Call, key: str) -> Answer:
    """Ask for the number once more, or for a message when that was tried often enough."""
    tries = count(step.query.get("tries"), NUMBER_TRIES) + 1
    if tries >= NUMBER_TRIES:
        move(call, Stage.RECORDING, work.now)
        return CallerDocument(step, work, call).record(introduced=False)
    return CallerDocument(step, work, call).ask_number(key, tries=tries)


def _want_callback(step: Step, work: Work, call: Call) -> Answer:
    stop_hunt(work, call)
    number = caller_number(call.from_number)
    countries = work.rota.policy.callbacks.countries if work.rota else ()
    if why_not_promised(number, countries) is not None:
        move(call, Stage.KEYING, work.now)
        return CallerDocument(step, work, call).ask_number("ask_number" if number is None else "number_refused")
    call.wants_callback = True
    hunting.note_promise(work, call, "requested")
    move(call, Stage.CONFIRMING, work.now)
    return CallerDocument(step, work, call).callback_noted()


def _talk_or_survey(step: Step, work: Work, call: Call) -> Answer:
    """Back to the colleague, or on when that one has left."""
    leg = answering_leg(work.session, call)
    if leg is not None and leg.ended_at is not None:
        return _after_talk(step, work, call, leg)
    if leg is not None:
        look_after(work, leg)
    return current_document(step, work, call)


def _after_talk(step: Step, work: Work, call: Call, leg: Leg | None) -> Answer:
    if step.params.get("CallStatus") == "completed":
        return _caller_is_gone(work, call)
    if never_spoke(call, leg):
        lose_consultant(work, call)
        return current_document(step, work, call)
    end_talk(work, call)
    move(call, Stage.SURVEYING, work.now)
    document = CallerDocument(step, work, call)
    return document.survey() if asks(call) else document.farewell()


def _caller_is_gone(work: Work, call: Call) -> Answer:
    """However soon that is: there is nobody to look a colleague for."""
    end_talk(work, call)
    finish(work, call)
    return VoiceResponse()


def _dial(step: Step, work: Work, call: Call, leg_id: int, mobile: str, ring_s: int) -> Answer:
    document = CallerDocument(step, work, call)
    dial = Dial(
        action=document.address("dialled", leg=str(leg_id)),
        method="POST",
        timeout=ring_s,
        answer_on_bridge=True,
        # As on every leg of ours: by this number the loop guard knows it when the mobile sends it back to us.
        caller_id=line_number_of(work, call),
    )
    leg_address = step.url(f"/webhooks/leg/{leg_id}")
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
