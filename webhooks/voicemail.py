"""Webhooks of the caller's message: recording it, recording it again, and Twilio's report of the recording."""

from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.routing.transaction import CallTransaction
from callcenter.routing.voicemail import messages_left, note_recording, store_message
from webhooks.documents import CallerDocument, current_document
from webhooks.door import Answer, TwilioRequest, webhook
from webhooks.locking import lock_call

AGAIN = "1"
# The first recording, and twice again.
RECORDINGS_AT_MOST = 3


@webhook("/webhooks/call/<id:call_id>/record", name="record")
def record(request: TwilioRequest, call_id: int) -> Answer:
    """The caller heard the offer to leave a message and stayed on the line."""
    tx, call = lock_call(request, call_id)
    if call.stage in (Stage.OFFERING, Stage.KEYING):
        call.go_to(Stage.RECORDING, tx.now)
    if call.stage != Stage.RECORDING:
        return current_document(request, tx, call)
    return CallerDocument(request, tx, call).record(introduced="ask" not in request.query)


@webhook("/webhooks/call/<id:call_id>/silence", name="silence")
def silence(request: TwilioRequest, call_id: int) -> Answer:
    """Nothing was said after the tone: ask once more, then confirm the callback and say goodbye."""
    tx, call = lock_call(request, call_id)
    if call.stage != Stage.RECORDING:
        return current_document(request, tx, call)
    if request.query.get("tries", "0") == "0":
        call.record_again()
        return CallerDocument(request, tx, call).record(tries=1)
    call.go_to(Stage.CONFIRMING, tx.now)
    return CallerDocument(request, tx, call).callback_noted()


@webhook("/webhooks/call/<id:call_id>/recorded", name="recorded")
def recorded(request: TwilioRequest, call_id: int) -> Answer:
    """A message was recorded; the caller may have hung up."""
    tx, call = lock_call(request, call_id)
    store_message(tx, call, request.params)
    if call.stage == Stage.RECORDING:
        call.go_to(Stage.CONFIRMING, tx.now)
        return CallerDocument(request, tx, call).message_noted(may_repeat=_may_record_again(tx, call))
    return current_document(request, tx, call)


@webhook("/webhooks/call/<id:call_id>/again", name="again")
def again(request: TwilioRequest, call_id: int) -> Answer:
    """A key was pressed after the confirmation: 1 records the message again."""
    tx, call = lock_call(request, call_id)
    wanted = call.stage == Stage.CONFIRMING and request.params.get("Digits") == AGAIN
    if wanted and _may_record_again(tx, call):
        call.go_to(Stage.RECORDING, tx.now)
        call.record_again()
        return CallerDocument(request, tx, call).record()
    return CallerDocument(request, tx, call).farewell()


@webhook("/webhooks/call/<id:call_id>/recording", name="recording")
def recording(request: TwilioRequest, call_id: int) -> Answer:
    """Twilio reports that the recording is ready, or that there is none."""
    tx, call = lock_call(request, call_id)
    note_recording(tx, call, request.params)
    return None


def _may_record_again(tx: CallTransaction, call: Call) -> bool:
    return messages_left(tx, call) < RECORDINGS_AT_MOST
