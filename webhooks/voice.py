"""A call comes in, fails at its first address, or ends: the addresses that the line's number is set to."""

import logging
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Response, request
from twilio.twiml.voice_response import VoiceResponse

from callcenter.calls.call import Call
from callcenter.calls.stages import Outcome, Stage
from callcenter.office import Office, current_office
from callcenter.routing import outcome
from callcenter.routing.arrival import adopt, receive
from callcenter.routing.fetching import note_over
from callcenter.routing.messages import keep_message, note_recording
from callcenter.routing.work import Work, begin_work, known_call, move
from callcenter.storage.totals import count
from callcenter.telephony.parameters import instant
from callcenter.telephony.prompts import say
from webhooks.documents import CallerDocument, add_record, current_document
from webhooks.door import Answer, Step, blueprint, verified, webhook
from webhooks.speech import speak

log = logging.getLogger(__name__)
# How long the fallback waits for a database that is busy: the caller has heard nothing yet.
FALLBACK_LOCK_WAIT_MS = 500
# An event that is younger came at once: what our clock says is exact enough.
LATE = timedelta(seconds=3)
FALLBACK = "/webhooks/voice/fallback"


@webhook("/webhooks/voice", name="voice")
def incoming(step: Step) -> Answer:
    """A call comes in on a line's number."""
    work = begin_work(step.session, step.now)
    received = receive(work, step.params)
    call = received.call
    if call is None:
        return _not_in_use(step)
    if received.known:
        return current_document(step, work, call)
    if call.outcome == Outcome.REJECTED:
        response = VoiceResponse()
        response.reject(reason="busy")
        return response
    if call.step == Stage.HUNTING:
        return CallerDocument(step, work, call, first=True).greeting()
    if received.too_many:
        return CallerDocument(step, work, call, first=True).offer_message(again="too_many_calls", asked=True)
    return current_document(step, work, call, first=True)


@webhook("/webhooks/voice/status", name="voice-status")
def ended(step: Step) -> Answer:
    """Twilio's word that a call on the number is over."""
    status = step.params.get("CallStatus", "")
    if status not in ("completed", "busy", "no-answer", "canceled", "failed"):
        return None
    work = begin_work(step.session, step.now)
    ended_at = _told_late(step)
    call = known_call(work, step.params.get("CallSid", "")) or adopt(
        work, step.params, Stage.HUNTING, ended_at=ended_at
    )
    if call is not None:
        outcome.finish(work, call, failed=status == "failed", at=ended_at)
    return None


def _told_late(step: Step) -> datetime | None:
    """When the call ended, where Twilio's event says that this was some time ago; it may come late."""
    ended_at = instant(step.params.get("Timestamp"), step.now)
    return ended_at if ended_at is not None and ended_at < step.now - LATE else None


def fallback() -> Response:
    """The primary address failed. When the database answers, the caller goes on as if nothing had happened; else a
    message is taken in TwiML alone, and reconciliation makes the record afterwards."""
    office = current_office()
    try:
        answer = _as_if_nothing_happened(office)
    except Exception as error:
        log.warning("the fallback takes a message without the database: %s", type(error).__name__)
        answer = str(_take_message(office, office.settings.locale))
    office.wake()
    return Response(answer, 200, content_type="text/xml; charset=utf-8")


blueprint.add_url_rule(
    FALLBACK, endpoint="voice-fallback", view_func=verified("voice-fallback", fallback), methods=["POST"]
)


@webhook(f"{FALLBACK}/recorded", name="voice-fallback-recorded")
def fallback_recorded(step: Step) -> Answer:
    """A message was left at the fallback address."""
    work = begin_work(step.session, step.now)
    call = known_call(work, step.params.get("CallSid", "")) or adopt(work, step.params, Stage.RECORDING)
    response = VoiceResponse()
    if call is not None:
        keep_message(work, call, step.params)
        speak(response, say("goodbye", call.language), step.session, step.now, step.office.settings.public_url)
    response.hangup()
    return response


@webhook(f"{FALLBACK}/recording", name="voice-fallback-recording")
def fallback_recording(step: Step) -> Answer:
    """The recording of such a message is ready, or there is none."""
    work = begin_work(step.session, step.now)
    call = known_call(work, step.params.get("CallSid", ""))
    if call is not None:
        note_recording(work, call, step.params)
    return None


def _not_in_use(step: Step) -> VoiceResponse:
    step.office.totals.add(count("callcenter_webhooks_rejected_total", reason="unknown_line"))
    log.warning("a call came in on a number that is no line of ours: check `callcenter lines list`")
    response = VoiceResponse()
    prompt = say("number_not_in_use", step.office.settings.locale)
    speak(response, prompt, step.session, step.now, step.office.settings.public_url)
    response.hangup()
    return response


def _as_if_nothing_happened(office: Office) -> str:
    with office.sessions() as session:
        session.connection(execution_options={"lock_wait_ms": FALLBACK_LOCK_WAIT_MS})
        now = office.clock.now()
        step = Step(session, now, request.form, request.args, office)
        work = begin_work(session, now)
        call = known_call(work, step.params.get("CallSid", ""))
        if call is None:
            received = receive(work, request.form)
            call = received.call
            if call is None:
                raise LookupError("no line of ours")
        document = _instead(step, work, call, urlsplit(request.form.get("ErrorUrl", "")).path.rpartition("/")[2])
        session.commit()
        return str(document)


def _instead(step: Step, work: Work, call: Call, failed: str) -> VoiceResponse:
    """What the caller hears where an address (its last word) failed. Sent back to one that takes messages, a caller
    would hear the same words round and round for as long as it fails."""
    if failed == "resume":
        note_over(call)
    if failed == "connect" and call.step == Stage.TALKING:
        call.connected_at = work.now  # that answer never reached the caller: the talk begins with this one
    if call.step in (Stage.OFFERING, Stage.KEYING) and failed == "record":
        move(call, Stage.RECORDING, work.now)
    if call.step == Stage.RECORDING and failed == "recorded":
        return CallerDocument(step, work, call).farewell()  # Twilio tells of the recording itself
    if call.step == Stage.KEYING and call.keyed_number and failed == "checked":
        move(call, Stage.CONFIRMING, work.now)
        return CallerDocument(step, work, call).callback_noted(name_number=True)
    if call.step == Stage.RECORDING:
        return _take_message(step.office, call.language)
    if call.step == Stage.HUNTING and call.turn == 1:
        return CallerDocument(step, work, call).greeting()
    return current_document(step, work, call)


def _take_message(office: Office, language: str) -> VoiceResponse:
    response = VoiceResponse()
    prompt = say("failure", language)
    response.say(prompt.text, language=prompt.language, voice=prompt.voice)
    public_url = office.settings.public_url
    add_record(
        response,
        action=f"{public_url}{FALLBACK}/recorded",
        callback=f"{public_url}{FALLBACK}/recording",
    )
    goodbye = say("goodbye", language)
    response.say(goodbye.text, language=goodbye.language, voice=goodbye.voice)
    response.hangup()
    return response
