"""How does a message go out? By Twilio to a consultant's mobile, by Apprise to the team lead's channels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy.orm import Session

from callcenter.notify.channels import to_lead
from callcenter.notify.messages import texts_stopped
from callcenter.notify.stopped import UNSUBSCRIBED, note_started, note_stopped
from callcenter.telephony.outbox import Effect, SingleOrderEffect, enqueue
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import RestError, TwilioApi

AnyLive = Callable[[Session, Sequence[int]], bool]


@dataclass(frozen=True, slots=True)
class Lead:
    """How the team lead is told something. channels: how many addresses CALLCENTER_NOTIFY_URLS holds."""

    locale: str
    public_url: str
    channels: int


class _Message(SingleOrderEffect):
    """What both ways share: nothing is stored of a message besides its order."""

    retry_pauses_s: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    idempotent = False
    retry_policy = RetryPolicy.UNTIL_EXPIRY

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        return None

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        return None


class TextMessage(_Message):
    """A text message to a consultant. It is not sent again when nobody knows whether it went.

    A mobile that answered STOP takes none: the team lead is told, once, for the consultant cannot be.
    """

    def __init__(self, twilio: TwilioApi, any_live: AnyLive, lead: Lead) -> None:
        self._twilio = twilio
        self._any_live = any_live
        self._lead = lead

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        about = order.payload.get("callback_ids", [])
        return not about or self._any_live(session, about)

    def perform(self, order: OutboxMessage) -> str:
        return self._twilio.send_sms(to=order.payload["to"], from_=order.payload["from"], body=order.payload["body"])

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        consultant = order.payload.get("consultant")  # an order of before an upgrade names none
        if consultant is not None:
            note_started(session, consultant, order.payload["from"])

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        consultant = order.payload.get("consultant")
        if error != UNSUBSCRIBED or consultant is None:
            return
        if note_stopped(session, consultant, order.payload["to"], order.payload["from"], now):
            key = f"text_stop:{consultant}:{now.isoformat()}"
            body = texts_stopped(self._lead.locale, self._lead.public_url)
            enqueue(session, now, *to_lead(body=body, channels=self._lead.channels, dedupe_key=key))


class LeadMessage(_Message):
    """A message on one of the team lead's channels: Teams, e-mail, or whatever Apprise knows."""

    def __init__(self, addresses: Sequence[SecretStr]) -> None:
        self._addresses = addresses

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return bool(order.payload["channel"] < len(self._addresses))

    def perform(self, order: OutboxMessage) -> None:
        from apprise import Apprise

        channel = Apprise()
        address = self._addresses[order.payload["channel"]].get_secret_value()
        if not channel.add(address):
            raise RestError("notify address not understood", retry_safe=False)
        if not channel.notify(body=order.payload["body"], title="callcenter"):
            raise RestError("notify failed", retry_safe=True)


def effects(
    twilio: TwilioApi, addresses: Sequence[SecretStr], any_live: AnyLive, *, locale: str, public_url: str
) -> Mapping[str, Effect]:
    """The effects of this subject, by kind of order.

    addresses: CALLCENTER_NOTIFY_URLS; any_live: whether one of these callbacks is still to be kept
    (callcenter.callbacks.queries.any_live).
    """
    lead = Lead(locale, public_url, len(addresses))
    return {"notify_sms": TextMessage(twilio, any_live, lead), "notify_lead": LeadMessage(addresses)}
