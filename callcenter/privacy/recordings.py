"""Where is a message's sound, and is it gone? Ours is erased at once; Twilio is asked until it confirms."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.telephony.outbox import Effect, Order, SingleOrderEffect, enqueue
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import TwilioApi

_ASK_FOR_S = 24 * 3600.0


def erase_leftovers(session: Session, before: datetime, limit: int) -> int:
    """Erase sound that outlived its message, however that came to be. Returns how many."""
    left = (
        select(VoicemailAudio.voicemail_id)
        .join(Voicemail, Voicemail.id == VoicemailAudio.voicemail_id)
        .where(Voicemail.state == "erased", Voicemail.received_at < before)
        .limit(limit)
    )
    gone = delete(VoicemailAudio).where(VoicemailAudio.voicemail_id.in_(left)).returning(VoicemailAudio.voicemail_id)
    return len(session.execute(gone, execution_options={"synchronize_session": False}).all())


def chase(session: Session, before: datetime, now: datetime, limit: int) -> int:
    """Ask again, once a day, for recordings of which nobody confirmed that they are gone. Returns how many."""
    asked = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.kind == "delete_recording",
            or_(OutboxMessage.state.in_(("queued", "taken")), OutboxMessage.created_at > now - timedelta(days=1)),
        )
        .where(OutboxMessage.payload["voicemail_id"].as_integer() == Voicemail.id)
        .exists()
    )
    left = session.scalars(
        select(Voicemail)
        .where(
            Voicemail.received_at < before,
            Voicemail.recording_sid.is_not(None),
            Voicemail.deleted_at_twilio_at.is_(None),
            Voicemail.state != "announced",
            ~asked,
        )
        .order_by(Voicemail.id)
        .limit(limit)
    ).all()
    enqueue(session, now, *(_again(voicemail, now) for voicemail in left))
    return len(left)


def _again(voicemail: Voicemail, now: datetime) -> Order:
    return Order(
        "delete_recording",
        {"recording_sid": voicemail.recording_sid, "voicemail_id": voicemail.id},
        expires_in_s=_ASK_FOR_S,
        dedupe_key=f"delete_recording:{voicemail.recording_sid}:{now.date().isoformat()}",
    )


class DeleteRecording(SingleOrderEffect):
    """Delete one recording at Twilio; one that is gone there already is deleted."""

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
        """The daily look at what is not confirmed orders it anew."""


def effects(twilio: TwilioApi) -> Mapping[str, Effect]:
    """The effects of this subject, by kind of order."""
    return {"delete_recording": DeleteRecording(twilio)}
