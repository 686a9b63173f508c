"""Webhooks of a leg to a consultant's mobile: it is picked up, a key is pressed, its status changes."""

from collections.abc import Sequence

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from callcenter.callbacks.outstanding import outstanding_of_number
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.routing.answer import accept, note_status, pick_up, refuse
from callcenter.routing.transaction import CallTransaction
from callcenter.telephony.prompts import say
from callcenter.telephony.prompts.screening import Caller, colleague_screening, screening, screening_with_open
from callcenter.telephony.prompts.speaking import Prompt
from webhooks.documents import join_conference
from webhooks.door import Answer, TwilioRequest, webhook
from webhooks.locking import lock_leg
from webhooks.speech import speak

ACCEPT = "1"
# The screening is said twice, for a consultant who is driving. Then the mobile is hung up.
TIMES_SAID = 2
KEY_TIMEOUT_S = 4
LANGUAGE = "nl"


@webhook("/webhooks/leg/<id:leg_id>/screen", name="leg-screen")
def screen(request: TwilioRequest, leg_id: int) -> Answer:
    """The mobile was picked up, by a person or by a personal voicemail: say who is calling and ask for a 1."""
    tx, leg, call = lock_leg(request, leg_id)
    if not pick_up(tx, call, leg):
        return _too_late(request, call)
    return _ask(request, tx, leg, call)


@webhook("/webhooks/leg/<id:leg_id>/key", name="leg-key")
def key(request: TwilioRequest, leg_id: int) -> Answer:
    """A key was pressed on the mobile."""
    tx, leg, call = lock_leg(request, leg_id)
    if request.params.get("Digits") == ACCEPT:
        if not accept(tx, call, leg):
            return _too_late(request, call)
        return _join(request, leg, call)
    if leg.result is not None or leg.ended_at is not None:
        return _too_late(request, call)
    if request.query.get("wrong"):
        refuse(tx, call, leg)
        response = VoiceResponse()
        speak(response, say("declined", LANGUAGE), request)
        response.hangup()
        return response
    return _ask(request, tx, leg, call, wrong=True)


@webhook("/webhooks/leg/<id:leg_id>/status", name="leg-status")
def status(request: TwilioRequest, leg_id: int) -> Answer:
    """Twilio reports the leg's status."""
    tx, leg, call = lock_leg(request, leg_id)
    note_status(tx, call, leg, request.params.get("CallStatus", ""))
    return None


def _ask(request: TwilioRequest, tx: CallTransaction, leg: Leg, call: Call, *, wrong: bool = False) -> VoiceResponse:
    response = VoiceResponse()
    questions = _questions(tx, call)
    for turn in range(1, TIMES_SAID + 1):
        more = "&wrong=1" if wrong else ""
        gather = Gather(
            input="dtmf",
            num_digits=1,
            timeout=KEY_TIMEOUT_S,
            action=request.url(f"/webhooks/leg/{leg.id}/key?turn={turn}{more}"),
            method="POST",
        )
        for sentence in (say("wrong_key_consultant", LANGUAGE),) if wrong and turn == 1 else questions:
            speak(gather, sentence, request)
        response.append(gather)
    response.hangup()
    return response


def _first_name(tx: CallTransaction, code: str | None) -> str | None:
    """The consultant's first name, None for a code that is not in the rota."""
    consultant = tx.rota.consultants.get(code) if tx.rota and code else None
    return consultant.name.split()[0] if consultant else None


def _questions(tx: CallTransaction, call: Call) -> Sequence[Prompt]:
    if call.staff is not None:
        return (colleague_screening(_first_name(tx, call.staff) or call.staff, LANGUAGE),)
    names = (call.caller_name,) * max(1, call.shared_by) if call.caller_name else ()
    caller, dialled = Caller(call.group, names, call.caller_place), _first_name(tx, call.rescued_for)
    number = call.number_to_ring
    held = outstanding_of_number(tx.session, number) if number else None
    if not held:
        return (screening(caller, LANGUAGE, dialled),)
    return screening_with_open(caller, len(held.unheard), held.requested, LANGUAGE, dialled)


def _join(request: TwilioRequest, leg: Leg, call: Call) -> VoiceResponse:
    response = VoiceResponse()
    if leg.kind == "dial":
        return response  # when the screening document ends, Twilio connects the caller
    speak(response, say("consultant_wait", LANGUAGE), request)
    dial = Dial()
    join_conference(request, dial, call)
    response.append(dial)
    response.hangup()  # after the talk; the leg's last status event frees the consultant
    return response


def _too_late(request: TwilioRequest, call: Call) -> VoiceResponse:
    response = VoiceResponse()
    speak(response, say("already_taken" if call.answered_leg_id is not None else "caller_gone", LANGUAGE), request)
    response.hangup()
    return response
