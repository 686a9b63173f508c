"""Sends a consultant's message by push or mail, and lets a text message take over one that reached nobody."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from pydantic import SecretStr
from sqlalchemy.orm import Session

from callcenter.access.push_devices import forget_device
from callcenter.access.records import PushDevice
from callcenter.notify.channels import text_message
from callcenter.notify.delivery import NotDelivered, send_mail
from callcenter.notify.message import After, Message
from callcenter.notify.push.door import GONE, Device
from callcenter.notify.together import all_over, orders_beside
from callcenter.notify.untold import mark_untold
from callcenter.notify.ways import Lead
from callcenter.notify.wording import without_link
from callcenter.telephony.outbox import enqueue
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import Taken
from callcenter.telephony.twilio_api import RestError

# Longer than a connection and an answer may take (push/door.py), and a dozen steps of a mail server.
PUSH_LEASE_S, MAIL_LEASE_S = 60.0, 600.0
# A slow mail server or push service leaves the other threads to the orders for Twilio.
AT_ONCE = 2
# A text message that takes over is sent for this long at least.
_LEAST_S = 60.0


class Door(Protocol):
    """Sends one push message: notify/push/door.py."""

    def send(self, device: Device, message: Mapping[str, Any], *, ttl_s: int, topic: str) -> None:
        """Raises NotDelivered, with the code GONE when the subscription no longer exists."""


class _OtherWay(Message):
    """A message to a consultant that is no text."""

    at_once = AT_ONCE

    def __init__(self, after: After, lead: Lead) -> None:
        super().__init__(lead.locale)
        self._after, self._lead = after, lead

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return self._after.is_true(session, order)

    def retry_at(self, session: Session, order: OutboxMessage, error: RestError, now: datetime) -> datetime | None:
        taken = error.taken if isinstance(error, NotDelivered) else Taken.PERHAPS_SILENT
        return self._next_at(session, order, taken, now, once_more=False)

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        self._after.told(session, order)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """The last of a message's orders that fails hands it to a text message, and without a mobile to the lead."""
        if not all_over(orders_beside(session, order, order.payload["keys"])):
            return
        instead = order.payload["instead"]
        if instead:
            left_s = (order.expires_at - now).total_seconds()
            text = text_message(
                consultant=order.payload["consultant"],
                to=instead["to"],
                from_=instead["from"],
                body=order.payload["body"],
                callback_ids=order.payload["callback_ids"],
                dedupe_key=f"{order.payload['keys'][0]}:text",
                expires_in_s=max(_LEAST_S, left_s),
            )
            enqueue(session, now, text)
        elif self._after.not_told(session, order, now, perhaps=False) and not self._lead.take_over(session, order, now):
            mark_untold(session, order)


class PushMessage(_OtherWay):
    """A push message to one browser. It holds what the text message says, without a name or number.

    It may be sent again: the push service and the browser show one with the same topic and tag once.
    """

    idempotent = True
    lease_s = PUSH_LEASE_S

    def __init__(self, door: Door | None, after: After, lead: Lead) -> None:
        super().__init__(after, lead)
        self._door = door

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        device = session.get(PushDevice, order.payload["device_id"])
        if device is not None:
            ttl_s = max(0, int((order.expires_at - now).total_seconds()))
            found = {"endpoint": device.endpoint, "p256dh": device.p256dh, "auth": device.auth, "ttl_s": ttl_s}
            order.payload = {**order.payload, **found}
        return super().is_needed(session, order, now)

    def perform(self, order: OutboxMessage) -> None:
        payload = order.payload
        if self._door is None:
            raise NotDelivered("no key set", Taken.REFUSED)
        if "endpoint" not in payload:
            raise NotDelivered("device removed", Taken.REFUSED)
        device = Device(payload["endpoint"], payload["p256dh"], payload["auth"])
        words, path = without_link(payload["body"], self._lead.public_url)
        # Of the message, not of the order: a browser that has two subscriptions shows it once too.
        topic = sha256(payload["keys"][0].encode()).hexdigest()[:32]
        message = {"title": "callcenter", "body": words, "path": path, "tag": topic}
        self._door.send(device, message, ttl_s=payload["ttl_s"], topic=topic)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        if error == GONE:
            forget_device(session, order.payload["device_id"])
        super().record_failure(session, order, error, now)


class MailMessage(_OtherWay):
    """A mail to a consultant, with what the text message says. One that may have been taken is not sent again."""

    lease_s = MAIL_LEASE_S

    def __init__(self, server: SecretStr | None, after: After, lead: Lead) -> None:
        super().__init__(after, lead)
        self._server = server

    def perform(self, order: OutboxMessage) -> None:
        if self._server is None:
            raise NotDelivered("no mail server set", Taken.REFUSED)
        body = order.payload["body"]
        send_mail(self._server, order.payload["address"], without_link(body, self._lead.public_url)[0], body)
