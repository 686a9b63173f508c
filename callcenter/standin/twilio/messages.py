"""Text messages: those sent by REST, with status callbacks, and those sent to an own number, answered in TwiML."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from callcenter.standin.log import Webhook
from callcenter.standin.transport import Answer
from callcenter.standin.twilio.calls import API_VERSION, Line, Person, country
from callcenter.standin.twilio.documents import read_document
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.twiml import Document
from callcenter.standin.twilio.webhooks import WebhookRequest

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit"})
_START_WORDS = frozenset({"start", "unstop", "yes"})


@dataclass(slots=True)
class Message:
    """One text message."""

    sid: str
    from_: str
    to: str
    body: str
    direction: str
    status: str
    created_at: datetime
    sent_at: datetime | None = None
    error_code: int | None = None
    status_url: str = ""


class Messages:
    """The account's text messages.

    stopped: numbers that sent STOP. failing: numbers whose messages end as `undelivered`, with the error code.
    """

    def __init__(self, platform: Platform, find_person: Callable[[str], Person]) -> None:
        self._platform, self._find_person = platform, find_person
        self.by_sid: dict[str, Message] = {}
        self.webhooks: list[Webhook] = []
        self.stopped: set[str] = set()
        self.failing: dict[str, int] = {}

    def send(self, from_: str, to: str, body: str, status_url: str = "") -> Message:
        """Queue a message that REST created. status_url: the status callback, if any."""
        return self._send(from_, to, body, "outbound-api", status_url)

    def _send(self, from_: str, to: str, body: str, direction: str, status_url: str = "") -> Message:
        platform = self._platform
        message = Message(
            platform.new_sid("SM"), from_, to, body, direction, "queued", platform.now(), status_url=status_url
        )
        self.by_sid[message.sid] = message
        platform.world.call_later(0.3, lambda: self._set_status(message, "sent"))
        platform.world.call_later(platform.timing.sms_s, lambda: self._arrive(message))
        return message

    def _arrive(self, message: Message) -> None:
        message.error_code = self.failing.get(message.to)
        if message.error_code is not None:
            self._set_status(message, "undelivered")
            return
        self._find_person(message.to).texted(message.from_, message.body)
        self._set_status(message, "delivered")

    def _set_status(self, message: Message, status: str) -> None:
        message.status = status
        message.sent_at = message.sent_at or self._platform.now()
        if not message.status_url:
            return
        params = {
            "AccountSid": self._platform.account_sid,
            "ApiVersion": API_VERSION,
            "From": message.from_,
            "MessageSid": message.sid,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "To": message.to,
        }
        if message.error_code is not None:
            params["ErrorCode"] = str(message.error_code)
        request = WebhookRequest("message-status", message.status_url, "POST", params, is_event=True)
        self._post(request, lambda answer: None)

    def _post(self, request: WebhookRequest, done: Callable[[Answer], None]) -> None:
        request.log = self.webhooks if self._platform.keep_log else None
        self._platform.send(request, done)

    def come_in(self, from_: str, to: str, body: str) -> Message:
        """A person sends a message to an own number. Twilio itself also obeys STOP and START words."""
        platform = self._platform
        message = Message(platform.new_sid("SM"), from_, to, body, "inbound", "received", platform.now())
        self.by_sid[message.sid] = message
        word = body.strip().lower()
        if word in STOP_WORDS:
            self.stopped.add(from_)
        elif word in _START_WORDS:
            self.stopped.discard(from_)
        line = platform.lines.get(to)
        if line is not None and line.sms_url and not line.sms_application_sid:
            self._request(message, line, line.sms_url, line.sms_method, {})
        return message

    def _request(self, message: Message, line: Line, url: str, method: str, extra: dict[str, str]) -> None:
        platform = self._platform
        params = {
            "AccountSid": platform.account_sid,
            "ApiVersion": API_VERSION,
            "Body": message.body,
            "From": message.from_,
            "FromCountry": country(message.from_),
            "MessageSid": message.sid,
            "NumMedia": "0",
            "NumSegments": str(1 + len(message.body) // 153),
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": message.to,
            "ToCountry": country(message.to),
            **extra,
        }

        def read(answer: Answer) -> None:
            document = read_document(answer, "message")
            if isinstance(document, Document):
                self._answer(message, document)
                return
            platform.alert(document.code, document.text, message.sid, url)
            if line.sms_fallback_url and not extra:
                error = {"ErrorCode": str(document.code), "ErrorUrl": url}
                self._request(message, line, line.sms_fallback_url, line.sms_fallback_method, error)

        self._post(WebhookRequest("sms", url, method, params), read)

    def _answer(self, message: Message, document: Document) -> None:
        for verb in document.verbs:
            if verb.name == "Message":
                from_, to = verb.get("from", message.to), verb.get("to", message.from_)
                self._send(from_, to, verb.text, "outbound-reply", verb.get("statusCallback", ""))
