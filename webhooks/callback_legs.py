"""Webhooks of a callback's two legs: the consultant is asked for a key, then the caller is dialled."""

from collections.abc import Mapping

from twilio.twiml.voice_response import Gather, VoiceResponse

from callcenter.callbacks import attempt_events, attempt_results, locks, one_press
from callcenter.rota import versions
from callcenter.telephony.parameters import seconds
from callcenter.telephony.prompts import Prompt, say
from callcenter.telephony.prompts.screening import Caller, callback_screening, caller_words
from webhooks import door
from webhooks.door import Answer, TwilioRequest
from webhooks.speech import speak

_ASK_TWICE = 2
_KEY_WITHIN_S = 8
_RESULTS: Mapping[str, str] = {"1": "reached", "2": "no_answer", "3": "voicemail"}


@door.webhook("/webhooks/callback/<id:attempt_id>/screen", name="callback-screen")
def screen(request: TwilioRequest, attempt_id: int) -> Answer:
    """The mobile was picked up, by the consultant or a personal voicemail: say who to call and why, ask for a key."""
    found = one_press.screen(request.session, attempt_id, request.params["CallSid"], request.now)
    if found is None:
        return _end(request, "callback_over")
    caller = Caller(found.group, [found.name] if found.name else (), found.place)
    question = callback_screening(caller, found.reason, _locale(request))
    response = VoiceResponse()
    for turn in range(_ASK_TWICE):
        response.append(_ask(request, question, f"/webhooks/callback/{attempt_id}/accept/{turn}"))
    response.hangup()
    return response


@door.webhook("/webhooks/callback/<id:attempt_id>/accept/<int:turn>", name="callback-accept")
def accept(request: TwilioRequest, attempt_id: int, turn: int) -> Answer:
    """A key was pressed: 1 dials the caller, who sees the line's number; after any other key we ask once more."""
    if request.params.get("Digits") != "1":
        return _asked_again(request, attempt_id, turn)
    rota = versions.active_rota(request.session)
    found = (
        one_press.accept(request.session, rota, attempt_id, request.params["CallSid"], request.now) if rota else None
    )
    if found is None:
        return _end(request, "callback_over")
    caller = Caller(found.group, [found.name] if found.name else (), found.place)
    response = VoiceResponse()
    speak(
        response, say("callback_connecting", _locale(request), caller=caller_words(caller, _locale(request))), request
    )
    dial = response.dial(
        caller_id=found.line_number,
        answer_on_bridge=True,
        timeout=attempt_events.RING_CALLER_S,
        time_limit=attempt_events.TALK_LIMIT_S,
        action=request.url(f"/webhooks/callback/{attempt_id}/dialled"),
    )
    dial.number(
        found.number,
        status_callback=request.url(f"/webhooks/callback/{attempt_id}/caller"),
        status_callback_event="answered completed",
    )
    return response


@door.webhook("/webhooks/callback/<id:attempt_id>/dialled", name="callback-dialled")
def dialled(request: TwilioRequest, attempt_id: int) -> Answer:
    """The `<Dial>` to the caller is over: store its result, and ask the consultant for the outcome."""
    rota = versions.active_rota(request.session)
    if rota is None:
        return _end(request, "callback_over")
    status = request.params.get("DialCallStatus", "failed")
    talk_s = seconds(request.params.get("DialCallDuration"))
    # Twilio asks for this document also when the consultant hung up; CallStatus, which is of that leg, is final then.
    consultant_is_there = request.params.get("CallStatus") == "in-progress"
    attempt = attempt_events.dial_ended(
        request.session, rota, attempt_id, status, talk_s, request.now, ended_by_caller=consultant_is_there
    )
    response = VoiceResponse()
    if attempt.suggested not in ("reached", "unclear"):
        speak(response, say("callback_unanswered", _locale(request)), request)
    if attempt.confirmed_at is None:
        question = say("callback_result", _locale(request))
        response.append(_ask(request, question, f"/webhooks/callback/{attempt_id}/result"))
    response.hangup()
    return response


@door.webhook("/webhooks/callback/<id:attempt_id>/result", name="callback-result")
def result(request: TwilioRequest, attempt_id: int) -> Answer:
    """The consultant keys the outcome; any other key leaves the outcome that the call itself suggests."""
    said = _RESULTS.get(request.params.get("Digits", ""))
    rota = versions.active_rota(request.session)
    if said is None or rota is None:
        return _end(request, None)
    callback, attempt = locks.lock_attempt(request.session, attempt_id)
    if attempt.confirmed_at is None:
        attempt_results.confirm(request.session, rota, callback, attempt, said, attempt.consultant or "", request.now)
    return _end(request, "callback_result_noted")


@door.webhook("/webhooks/callback/<id:attempt_id>/caller", name="callback-caller")
def caller_status(request: TwilioRequest, attempt_id: int) -> Answer:
    """An event of the caller's leg."""
    rota = versions.active_rota(request.session)
    if rota is not None:
        attempt_events.caller_event(
            request.session,
            rota,
            attempt_id,
            request.params["CallSid"],
            request.params.get("CallStatus", ""),
            seconds(request.params.get("CallDuration")),
            request.now,
        )
    return None


@door.webhook("/webhooks/callback/<id:attempt_id>/status", name="callback-status")
def status(request: TwilioRequest, attempt_id: int) -> Answer:
    """An event of the consultant's leg; the last one ends the attempt."""
    status_now = request.params.get("CallStatus", "")
    attempt_events.consultant_event(
        request.session,
        versions.active_rota(request.session),
        attempt_id,
        request.params["CallSid"],
        status_now,
        request.now,
    )
    return None


def _asked_again(request: TwilioRequest, attempt_id: int, turn: int) -> Answer:
    response = VoiceResponse()
    if turn < _ASK_TWICE:
        question = say("wrong_key_callback", _locale(request))
        response.append(_ask(request, question, f"/webhooks/callback/{attempt_id}/accept/{_ASK_TWICE}"))
    response.hangup()
    return response


def _ask(request: TwilioRequest, question: Prompt, path: str) -> Gather:
    gather = Gather(input="dtmf", num_digits=1, timeout=_KEY_WITHIN_S, action=request.url(path))
    speak(gather, question, request)
    return gather


def _end(request: TwilioRequest, key: str | None) -> VoiceResponse:
    response = VoiceResponse()
    if key is not None:
        speak(response, say(key, _locale(request)), request)
    response.hangup()
    return response


def _locale(request: TwilioRequest) -> str:
    return request.office.settings.locale
