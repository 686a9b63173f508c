"""Carries out the orders to delete recordings at Twilio."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from callcenter.calls.records import Voicemail
from callcenter.telephony.outbox import Effect, SingleOrderEffect
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import TwilioApi


class DeleteRecording(SingleOrderEffect):
    """Deletes one recording at Twilio. A recording that is not there any more counts as deleted."""

    retry_pauses_s: tuple[float, ...] = (10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600)
    idempotent = True
    retry_policy = RetryPolicy.ANY_ERROR_UNTIL_EXPIRY

    def __init__(self, twilio: TwilioApi) -> None:
        self._twilio = twilio

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        voicemail = session.get(Voicemail, order.payload["voicemail_id"])
        return voicemail is None or voicemail.deleted_at_twilio_at is None

    def perform(self, order: OutboxMessage) -> None:
        self._twilio.delete_recording(order.payload["recording_sid"])

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        voicemail = session.get(Voicemail, order.payload["voicemail_id"])
        if voicemail is not None:
            voicemail.deleted_at_twilio_at = now

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nothing: recordings.order_deletions orders it again the next day."""


def effects(twilio: TwilioApi) -> Mapping[str, Effect]:
    """The effects of this package, by kind of order."""
    return {"delete_recording": DeleteRecording(twilio)}
