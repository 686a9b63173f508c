"""Status callbacks of a call: which events are sent, where to, and with which parameters."""

from callcenter.standin.transport import Answer
from callcenter.standin.twilio.calls import Call, rfc2822
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.webhooks import WebhookRequest


def send_status(platform: Platform, call: Call, event: str) -> None:
    """Send one event (`initiated`, `ringing`, `answered`, `completed`), if the call or its line asks for it."""
    if call.direction == "inbound":
        line = call.line
        if event != "completed" or line is None or not line.status_callback:
            return
        sequence = 0
        url, method = line.status_callback, line.status_callback_method
    else:
        # Events that are not sent have a number too.
        sequence, call.sequence = call.sequence, call.sequence + 1
        if not call.callbacks.status_url or event not in call.callbacks.status_events:
            return
        url, method = call.callbacks.status_url, call.callbacks.status_method
    now = platform.now()
    params = call.params()
    params["CallbackSource"] = "call-progress-events"
    params["SequenceNumber"] = str(sequence)
    params["Timestamp"] = rfc2822(now) or ""
    if event == "completed":
        seconds = call.duration_s(now)
        params["CallDuration"] = str(seconds)
        params["Duration"] = str(-(-seconds // 60))

    def check(answer: Answer) -> None:
        if not answer.ok:
            platform.alert(11200, f"status callback: HTTP {answer.status} {answer.error}", call.sid, url)

    kind = "status" if call.direction == "inbound" else "leg-status"
    platform.send(WebhookRequest(kind, url, method, params, call.sid, is_event=True), check, call)
