"""What does a caller leave with us? Recorded messages, their second thoughts, and word of the recording itself."""

from callcenter.calls.stages import Stage
from callcenter.routing.messages import keep_message, note_recording
from callcenter.routing.work import move
from webhooks.documents import CallerDocument, current_document
from webhooks.door import Answer, Step, webhook
from webhooks.work import on_call

AGAIN = "1"


@webhook("/webhooks/call/<int:call_id>/record", name="record")
def record(step: Step, call_id: int) -> Answer:
    """The caller heard what is promised and stays on the line."""
    work, call = on_call(step, call_id)
    if call.step in (Stage.OFFERING, Stage.KEYING):
        move(call, Stage.RECORDING, work.now)
    if call.step != Stage.RECORDING:
        return current_document(step, work, call)
    return CallerDocument(step, work, call).record(introduced="ask" not in step.query)


@webhook("/webhooks/call/<int:call_id>/silence", name="silence")
def silence(step: Step, call_id: int) -> Answer:
    """Nothing was said after the tone: once more, then goodbye with the promise."""
    work, call = on_call(step, call_id)
    if call.step != Stage.RECORDING:
        return current_document(step, work, call)
    if step.query.get("tries", "0") == "0":
        call.nothing_recorded = False
        return CallerDocument(step, work, call).record(tries=1)
    move(call, Stage.CONFIRMING, work.now)
    return CallerDocument(step, work, call).callback_noted()


@webhook("/webhooks/call/<int:call_id>/recorded", name="recorded")
def recorded(step: Step, call_id: int) -> Answer:
    """Something was said; the caller may be gone."""
    work, call = on_call(step, call_id)
    keep_message(work, call, step.params)
    if call.step == Stage.RECORDING:
        move(call, Stage.CONFIRMING, work.now)
        return CallerDocument(step, work, call).message_noted()
    return current_document(step, work, call)


@webhook("/webhooks/call/<int:call_id>/again", name="again")
def again(step: Step, call_id: int) -> Answer:
    """A key after the message was noted: 1 to speak anew."""
    work, call = on_call(step, call_id)
    if call.step == Stage.CONFIRMING and step.params.get("Digits") == AGAIN:
        move(call, Stage.RECORDING, work.now)
        call.nothing_recorded = False
        return CallerDocument(step, work, call).record()
    return CallerDocument(step, work, call).farewell()


@webhook("/webhooks/call/<int:call_id>/recording", name="recording")
def recording(step: Step, call_id: int) -> Answer:
    """Twilio's word on the recording itself."""
    work, call = on_call(step, call_id)
    note_recording(work, call, step.params)
    return None
