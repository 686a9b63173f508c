"""The voice webhooks of a line's number: a call begins, a call ends, or an address failed."""

import logging
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import flask
from flask import Response
from twilio.twiml.voice_response import VoiceResponse

from callcenter.calls.call import Call
from callcenter.calls.leg import FINAL
from callcenter.calls.stages import Outcome, Stage
from callcenter.office import Office
from callcenter.plaintext import NOT_XML
from callcenter.routing import outcome
from callcenter.routing.arrival import adopt, arrive
from callcenter.routing.transaction import CallTransaction, call_of_sid
from callcenter.routing.voicemail import note_recording, store_message
from callcenter.storage.engine import answers_within
from callcenter.storage.statements import Batch
from callcenter.storage.totals import count
from callcenter.telephony.parameters import instant
from callcenter.telephony.prompts import say
from webhooks.documents import CallerDocument, add_record, current_document
from webhooks.door import Answer, TwilioRequest, blueprint, parameters, verified, webhook
from webhooks.speech import speak

log = logging.getLogger(__name__)
# How long the fallback waits for a database that is busy: the caller has heard nothing yet.
FALLBACK_LOCK_WAIT_MS = 500
# The same for all answers of PostgreSQL together. The caller has waited for the primary address before.
FALLBACK_ANSWERS_WITHIN_S = 3.0
# The end of a call is taken from Twilio's event if that is older than this, otherwise from our clock.
LATE = timedelta(seconds=3)
FALLBACK = "/webhooks/voice/fallback"


@webhook("/webhooks/voice", name="voice")
def incoming(request: TwilioRequest) -> Answer:
    """A call comes in on a line's number."""
    tx = CallTransaction(request.session, request.now, request.batch)
    arrived = arrive(tx, request.params)
    call = arrived.call
    if call is None:
        return _not_in_use(request)
    if arrived.known:
        return current_document(request, tx, call)
    if call.outcome == Outcome.REJECTED:
        response = VoiceResponse()
        response.reject(reason="busy")
        return response
    if call.stage == Stage.HUNTING:
        return CallerDocument(request, tx, call, first=True).greeting()
    if arrived.too_many:
        return CallerDocument(request, tx, call, first=True).offer_message(again="too_many_calls", asked=True)
    return current_document(request, tx, call, first=True)


@webhook("/webhooks/voice/status", name="voice-status")
def ended(request: TwilioRequest) -> Answer:
    """Twilio reports that a call on a line's number is over."""
    status = request.params.get("CallStatus", "")
    if status not in FINAL:
        return None
    tx = CallTransaction(request.session, request.now, request.batch)
    ended_at = _time_of_late_event(request)
    call = call_of_sid(tx, request.params.get("CallSid", "")) or adopt(
        tx, request.params, Stage.HUNTING, ended_at=ended_at
    )
    if call is not None:
        outcome.finish(tx, call, failed=status == "failed", at=ended_at)
    return None


def _time_of_late_event(request: TwilioRequest) -> datetime | None:
    """When the call ended, if Twilio's event is older than `LATE`; else None."""
    ended_at = instant(request.params.get("Timestamp"), request.now)
    return ended_at if ended_at is not None and ended_at < request.now - LATE else None


def fallback(office: Office) -> Response:
    """The answer when the primary address failed.

    If the database answers, the call continues as usual. Otherwise a message is recorded by TwiML alone, and
    reconciliation stores the call afterwards.
    """
    try:
        answer = _continue_call(office)
    except Exception as error:
        log.warning("the fallback takes a message without the database: %s", type(error).__name__)
        answer = str(_take_message(office, office.settings.locale))
    office.wake()
    return Response(answer, 200, content_type="text/xml; charset=utf-8")


blueprint.add_url_rule(
    FALLBACK, endpoint="voice-fallback", view_func=verified("voice-fallback", fallback), methods=["POST"]
)


@webhook(f"{FALLBACK}/recorded", name="voice-fallback-recorded")
def fallback_recorded(request: TwilioRequest) -> Answer:
    """A message was recorded by the fallback's document."""
    tx = CallTransaction(request.session, request.now, request.batch)
    call = call_of_sid(tx, request.params.get("CallSid", "")) or adopt(tx, request.params, Stage.RECORDING)
    response = VoiceResponse()
    if call is not None:
        store_message(tx, call, request.params)
        speak(response, say("goodbye", call.language), request)
    response.hangup()
    return response


@webhook(f"{FALLBACK}/recording", name="voice-fallback-recording")
def fallback_recording(request: TwilioRequest) -> Answer:
    """Twilio reports that the recording of such a message is ready, or that there is none."""
    tx = CallTransaction(request.session, request.now, request.batch)
    call = call_of_sid(tx, request.params.get("CallSid", ""))
    if call is not None:
        note_recording(tx, call, request.params)
    return None


def _not_in_use(request: TwilioRequest) -> VoiceResponse:
    request.office.totals.add(count("callcenter_webhooks_rejected_total", reason="unknown_line"))
    log.warning("a call came in on a number that is no line of ours: check `callcenter lines list`")
    response = VoiceResponse()
    prompt = say("number_not_in_use", request.office.settings.locale)
    speak(response, prompt, request)
    response.hangup()
    return response


def _continue_call(office: Office) -> str:
    with answers_within(FALLBACK_ANSWERS_WITHIN_S), office.sessions() as session:
        session.connection(execution_options={"lock_wait_ms": FALLBACK_LOCK_WAIT_MS})
        now = office.clock.now()
        request = TwilioRequest(session, Batch(session), now, parameters(), flask.request.args, office)
        tx = CallTransaction(session, now, request.batch)
        call = call_of_sid(tx, request.params.get("CallSid", ""))
        if call is None:
            call = arrive(tx, request.params).call
            if call is None:
                raise LookupError("no line of ours")
        document = _document_after_failure(
            request, tx, call, urlsplit(flask.request.form.get("ErrorUrl", "")).path.rpartition("/")[2]
        )
        session.commit()
        return NOT_XML.sub("", str(document))


def _document_after_failure(request: TwilioRequest, tx: CallTransaction, call: Call, failed: str) -> VoiceResponse:
    """The document in place of a failed one. failed: the last part of the failed address.

    If the failed address takes messages, the caller is not sent to it again: it would fail in a loop.
    """
    if failed == "resume":
        call.note_redirect_over()
    if failed == "connect" and call.stage == Stage.TALKING:
        call.reconnect(tx.now)  # the failed answer never reached the caller
    if call.stage in (Stage.OFFERING, Stage.KEYING) and failed == "record":
        call.go_to(Stage.RECORDING, tx.now)
    if call.stage == Stage.RECORDING and failed == "recorded":
        return CallerDocument(request, tx, call).farewell()  # Twilio reports the recording in a request of its own
    if call.stage == Stage.KEYING and call.keyed_number and failed == "checked":
        call.go_to(Stage.CONFIRMING, tx.now)
        return CallerDocument(request, tx, call).callback_noted(name_number=True)
    if call.stage == Stage.RECORDING:
        return _take_message(request.office, call.language)
    if call.stage == Stage.HUNTING and call.turn == 1:
        return CallerDocument(request, tx, call).greeting()
    return current_document(request, tx, call)


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
