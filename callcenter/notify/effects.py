"""Sends messages: by Twilio to a consultant's mobile, by Apprise to the team lead's channels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy.orm import Session

from callcenter.notify.channels import to_lead
from callcenter.notify.text_stops import UNSUBSCRIBED, note_started, note_stopped
from callcenter.notify.wording import texts_stopped
from callcenter.telephony.outbox import Effect, SingleOrderEffect, enqueue
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import RestError, TwilioApi

AnyLive = Callable[[Session, Sequence[int]], bool]


@dataclass(frozen=True, slots=True)
class Lead:
    """The settings of messages to the team lead. channels: how many addresses CALLCENTER_NOTIFY_URLS has."""

    locale: str
    public_url: str
    channels: int


class _Message(SingleOrderEffect):
    """The common part of both ways: nothing is stored about a message besides its order."""

    retry_pauses_s: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    idempotent = False
    retry_policy = RetryPolicy.UNTIL_EXPIRY

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        return None

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        return None


class TextMessage(_Message):
    """A text message to a consultant. It is not sent again when we do not know whether it was sent.

    Twilio sends no text to a mobile that answered STOP. Then the team lead gets a message, once, since the consultant
    cannot get one.
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
        consultant = order.payload.get("consultant")  # orders from before an upgrade have none
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
    """A message on one of the team lead's channels: Teams, e-mail, or any other that Apprise supports."""

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
    """The effects of this package, by kind of order.

    addresses: CALLCENTER_NOTIFY_URLS; any_live: whether one of these callbacks is live
    (callcenter.callbacks.queries.any_live).
    """
    lead = Lead(locale, public_url, len(addresses))
    return {"notify_sms": TextMessage(twilio, any_live, lead), "notify_lead": LeadMessage(addresses)}
