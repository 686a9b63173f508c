"""What does a consultant's mobile tell us? It rings, is picked up, a key is pressed, it ends."""

from collections.abc import Sequence

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from callcenter.callbacks.holding import waiting_at
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.routing.answer import accept, note_status, pick_up, refuse
from callcenter.routing.work import Work
from callcenter.telephony.prompts import say
from callcenter.telephony.prompts.screening import Caller, colleague_screening, screening, screening_with_open
from callcenter.telephony.prompts.speaking import Prompt
from webhooks.documents import join_conference
from webhooks.door import Answer, Step, webhook
from webhooks.speech import speak
from webhooks.work import on_leg

ACCEPT = "1"
# Said twice, so that someone who was driving can take it in; then the mobile is let go.
TIMES_SAID = 2
KEY_TIMEOUT_S = 4
LANGUAGE = "nl"


@webhook("/webhooks/leg/<int:leg_id>/screen", name="leg-screen")
def screen(step: Step, leg_id: int) -> Answer:
    """The mobile was picked up, by a person or by a personal voicemail: say who calls and ask for a 1."""
    work, leg, call = on_leg(step, leg_id)
    if not pick_up(work, call, leg):
        return _too_late(step, call)
    return _ask(step, work, leg, call)


@webhook("/webhooks/leg/<int:leg_id>/key", name="leg-key")
def key(step: Step, leg_id: int) -> Answer:
    """A key was pressed on the mobile."""
    work, leg, call = on_leg(step, leg_id)
    if step.params.get("Digits") == ACCEPT:
        if not accept(work, call, leg):
            return _too_late(step, call)
        return _join(step, leg, call)
    if leg.result is not None or leg.ended_at is not None:
        return _too_late(step, call)
    if step.query.get("wrong"):
        refuse(work, call, leg)
        response = VoiceResponse()
        _say(step, response, say("declined", LANGUAGE))
        response.hangup()
        return response
    return _ask(step, work, leg, call, wrong=True)


@webhook("/webhooks/leg/<int:leg_id>/status", name="leg-status")
def status(step: Step, leg_id: int) -> Answer:
    """Twilio's word on how far the leg is."""
    work, leg, call = on_leg(step, leg_id)
    note_status(work, call, leg, step.params.get("CallStatus", ""))
    return None


def _ask(step: Step, work: Work, leg: Leg, call: Call, *, wrong: bool = False) -> VoiceResponse:
    response = VoiceResponse()
    questions = _questions(work, call)
    for turn in range(1, TIMES_SAID + 1):
        more = "&wrong=1" if wrong else ""
        gather = Gather(
            input="dtmf",
            num_digits=1,
            timeout=KEY_TIMEOUT_S,
            action=step.url(f"/webhooks/leg/{leg.id}/key?turn={turn}{more}"),
            method="POST",
        )
        for sentence in (say("wrong_key_consultant", LANGUAGE),) if wrong and turn == 1 else questions:
            _say(step, gather, sentence)
        response.append(gather)
    response.hangup()
    return response


def _first_name(work: Work, code: str | None) -> str | None:
    """By what colleagues call a consultant, None for one whom the rota does not know."""
    consultant = work.rota.consultants.get(code) if work.rota and code else None
    return consultant.name.split()[0] if consultant else None


def _questions(work: Work, call: Call) -> Sequence[Prompt]:
    if call.staff is not None:
        return (colleague_screening(_first_name(work, call.staff) or call.staff, LANGUAGE),)
    names = (call.caller_name,) * max(1, call.shared_by) if call.caller_name else ()
    caller, dialled = Caller(call.group, names, call.caller_place), _first_name(work, call.rescued_for)
    number = call.keyed_number or call.from_number
    held = waiting_at(work.session, number) if number else None
    if not held:
        return (screening(caller, LANGUAGE, dialled),)
    return screening_with_open(caller, len(held.unheard), held.requested, LANGUAGE, dialled)


def _join(step: Step, leg: Leg, call: Call) -> VoiceResponse:
    response = VoiceResponse()
    if leg.kind == "dial":
        return response  # the end of the screening document is the bridge to the caller
    _say(step, response, say("consultant_wait", LANGUAGE))
    dial = Dial()
    join_conference(step, dial, call)
    response.append(dial)
    response.hangup()  # after the talk; the leg's last status event does the rest
    return response


def _too_late(step: Step, call: Call) -> VoiceResponse:
    response = VoiceResponse()
    _say(step, response, say("already_taken" if call.answered_leg_id is not None else "caller_gone", LANGUAGE))
    response.hangup()
    return response


def _say(step: Step, parent: object, prompt: Prompt) -> None:
    speak(parent, prompt, step.session, step.now, step.office.settings.public_url)
