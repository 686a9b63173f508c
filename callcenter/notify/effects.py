"""Sends messages: by Twilio to a consultant's mobile, by Apprise to the team lead's channels.

A message that was certainly not taken is sent again until it is worthless. One that may have been taken is sent once
more at most, and says so. One that failed for good takes another way, or is counted as untold.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Row, update
from sqlalchemy.orm import Session

from callcenter.notify.channels import keys_of_one_message, to_lead
from callcenter.notify.delivery import NotDelivered, deliver
from callcenter.notify.message import ONCE_MORE, After, Message
from callcenter.notify.other_ways import Door, MailMessage, PushMessage
from callcenter.notify.text_stops import UNSUBSCRIBED, note_started, note_stopped
from callcenter.notify.together import all_over, any_took, orders_beside
from callcenter.notify.untold import mark_untold, store_payload
from callcenter.notify.ways import Lead, Way, take_another_way, ways_after_text
from callcenter.notify.wording import texts_stopped
from callcenter.telephony.outbox import WORKER_DIED, Effect, Order, SingleOrderEffect, enqueue
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import (
    ONCE_MORE_AFTER_S,
    RetryPolicy,
    Taken,
    taken_by_twilio,
)
from callcenter.telephony.twilio_api import RestError, TwilioApi, may_have_taken_effect

# How long a dispatcher may take over a text (two timeouts of REST), and over a message to the team lead: a dozen steps
# of a mail server, each as slow as notify.addresses allows.
TEXT_LEASE_S = 60.0
LEAD_LEASE_S = 600.0
# A slow channel of the team lead leaves the other threads to the orders for Twilio.
LEAD_AT_ONCE = 4
# How late a process may come back and still report callbacks again.
AGAIN_WITHIN_S = 24 * 3600.0

# The key in the payload of a message that may have arrived.
_PERHAPS = "perhaps"


class TextMessage(Message):
    """A text message to a consultant. It is not sent again when no answer of Twilio came.

    Twilio sends no text to a mobile that answered STOP. Then the team lead gets a message, once, since the consultant
    cannot get one.
    """

    lease_s = TEXT_LEASE_S

    def __init__(self, twilio: TwilioApi, after: After, lead: Lead) -> None:
        super().__init__(lead.locale)
        self._twilio = twilio
        self._after = after
        self._lead = lead
        self._ways: Sequence[Way] = ways_after_text(lead)

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return not order.payload.get("callback_ids") or self._after.is_true(session, order)

    def perform(self, order: OutboxMessage) -> str:
        return self._twilio.send_sms(to=order.payload["to"], from_=order.payload["from"], body=self._body(order))

    def retry_at(self, session: Session, order: OutboxMessage, error: RestError, now: datetime) -> datetime | None:
        taken = taken_by_twilio(error)
        return self._next_at(session, order, taken, now, once_more=taken is Taken.PERHAPS_ANSWERED)

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        consultant = order.payload.get("consultant")  # orders from before an upgrade have none
        if consultant is not None:
            note_started(session, consultant, order.payload["from"])
        self._after.told(session, order)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        perhaps = bool(order.payload.get(ONCE_MORE)) or error == WORKER_DIED or may_have_taken_effect(error)
        matters = bool(order.payload.get("callback_ids")) and not _goes_another_way(session, order)
        matters = matters and self._after.not_told(session, order, now, perhaps=perhaps)
        consultant = order.payload.get("consultant")
        if error == UNSUBSCRIBED and consultant is not None and self._report_stop(session, order, consultant, now):
            return
        if matters and not take_another_way(self._ways, session, order, now):
            mark_untold(session, order)

    def _report_stop(self, session: Session, order: OutboxMessage, consultant: str, now: datetime) -> bool:
        """Tell the team lead that the consultant stopped all texts. False if the lead was told before."""
        if not note_stopped(session, consultant, order.payload["to"], order.payload["from"], now):
            return False
        key = f"text_stop:{consultant}:{now.isoformat()}"
        body = texts_stopped(self._lead.locale, self._lead.public_url)
        enqueue(session, now, *to_lead(body=body, channels=self._lead.channels, dedupe_key=key))
        return True


def _goes_another_way(session: Session, order: OutboxMessage) -> bool:
    """Whether the consultant gets the message by mail or push too, and one of these was taken or still may be."""
    keys = order.payload.get("keys", [])
    return bool(keys) and not all_over(orders_beside(session, order, keys))


class LeadMessage(Message):
    """A message on one of the team lead's channels: Teams, e-mail, or any other that Apprise supports.

    The other channels are the other ways, and each has an order of its own. A channel that may have taken the message
    is asked once more only when no other channel took it or still may.
    """

    lease_s = LEAD_LEASE_S
    at_once = LEAD_AT_ONCE

    def __init__(self, addresses: Sequence[SecretStr], after: After, locale: str) -> None:
        super().__init__(locale)
        self._addresses = addresses
        self._after = after

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        if order.payload.get("callback_ids") and not self._after.is_true(session, order):
            return False
        return not (order.payload.get(ONCE_MORE) and any_took(self._others(session, order)))

    def perform(self, order: OutboxMessage) -> None:
        if order.payload["channel"] >= len(self._addresses):
            raise NotDelivered("address removed", Taken.REFUSED)
        deliver(self._addresses[order.payload["channel"]], self._body(order))

    def retry_at(self, session: Session, order: OutboxMessage, error: RestError, now: datetime) -> datetime | None:
        taken = error.taken if isinstance(error, NotDelivered) else Taken.PERHAPS_SILENT
        others = self._others(session, order) if taken.perhaps else []
        # Without an answer, the other channels come first. Any error that was answered may pass in a minute.
        once_more = not any_took(others) and (taken is Taken.PERHAPS_ANSWERED or all_over(others))
        at = self._next_at(session, order, taken, now, once_more=once_more)
        if at is None and taken.perhaps:
            store_payload(session, order, **{_PERHAPS: True})
        return at

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        others = self._others(session, order)
        if not all_over(others) or self._ask_another_once_more(session, order, others, now):
            return  # another channel took it, or is being asked
        mark_untold(session, order)
        if order.payload.get("callback_ids"):
            # Not before it expires: a channel that refuses every message would get a new one at each look.
            wait_s = max(0.0, (order.expires_at - now).total_seconds())
            again = Order("lead_again", {"order_id": order.id}, AGAIN_WITHIN_S, delay_s=wait_s)
            enqueue(session, now, again)

    @staticmethod
    def _ask_another_once_more(
        session: Session, order: OutboxMessage, others: Sequence[Row[Any]], now: datetime
    ) -> bool:
        """Queue again one channel that may have taken the message, unless that was done before for this message."""
        if any(payload.get(ONCE_MORE) for payload in (order.payload, *(other.payload for other in others))):
            return False
        at = now + timedelta(seconds=ONCE_MORE_AFTER_S)
        asked = next((one for one in others if one.payload.get(_PERHAPS) and at < one.expires_at), None)
        if asked is None:
            return False
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == asked.id)
            .values(state="queued", not_before=at, done_at=None, payload={**asked.payload, ONCE_MORE: True}),
            execution_options={"synchronize_session": False},
        )
        return True

    @staticmethod
    def _others(session: Session, order: OutboxMessage) -> Sequence[Row[Any]]:
        """The orders of the same message for the other channels."""
        how_many = order.payload.get("channels", 1)
        if how_many < 2 or order.dedupe_key is None:
            return []
        return orders_beside(session, order, keys_of_one_message(order.dedupe_key, how_many))


class LeadAgain(SingleOrderEffect):
    """Sends nothing: waits until a message to the team lead that reached no channel has expired."""

    retry_pauses_s: tuple[float, ...] = (60.0,)
    idempotent = True
    retry_policy = RetryPolicy.ANY_ERROR_UNTIL_EXPIRY

    def __init__(self, after: After) -> None:
        self._after = after

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return True

    def perform(self, order: OutboxMessage) -> None:
        return None

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """Its callbacks are reported again, in the callbacks' own way."""
        message = session.get(OutboxMessage, order.payload["order_id"])
        if message is not None:  # else it is older than what is kept
            self._after.lead_not_told(session, message, now)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nothing: the message stays counted as untold."""


def effects(
    twilio: TwilioApi,
    addresses: Sequence[SecretStr],
    after: After,
    *,
    locale: str,
    public_url: str,
    mail_url: SecretStr | None = None,
    push: Door | None = None,
) -> Mapping[str, Effect]:
    """The effects of this package, by kind of order.

    addresses: CALLCENTER_NOTIFY_URLS; after: what the callbacks know and do (callcenter/callbacks/untold.py).
    mail_url: CALLCENTER_MAIL_URL; push: sends push messages, None when no key is set.
    """
    lead = Lead(locale, public_url, len(addresses))
    return {
        "notify_sms": TextMessage(twilio, after, lead),
        "notify_mail": MailMessage(mail_url, after, lead),
        "notify_push": PushMessage(push, after, lead),
        "notify_lead": LeadMessage(addresses, after, locale),
        "lead_again": LeadAgain(after),
    }
