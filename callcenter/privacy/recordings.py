"""Erases sound that outlived its message, and orders again the deletion of recordings that Twilio has not confirmed."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.records import OutboxMessage

_EXPIRES_IN_S = 24 * 3600.0


def erase_leftovers(session: Session, before: datetime, limit: int) -> int:
    """Erase up to `limit` sounds whose message was erased and received before `before`. Returns how many."""
    left = (
        select(VoicemailAudio.voicemail_id)
        .join(Voicemail, Voicemail.id == VoicemailAudio.voicemail_id)
        .where(Voicemail.state == "erased", Voicemail.received_at < before)
        .limit(limit)
    )
    gone = delete(VoicemailAudio).where(VoicemailAudio.voicemail_id.in_(left)).returning(VoicemailAudio.voicemail_id)
    return len(session.execute(gone, execution_options={"synchronize_session": False}).all())


def order_deletions(session: Session, before: datetime, now: datetime, limit: int) -> int:
    """Order again, once a day, the deletion of recordings that Twilio has not confirmed. Returns how many.

    before: only of messages received before it (UTC); limit: at most this many.
    """
    ordered = (
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
            ~ordered,
        )
        .order_by(Voicemail.id)
        .limit(limit)
    ).all()
    enqueue(session, now, *(_order(voicemail, now) for voicemail in left))
    return len(left)


def _order(voicemail: Voicemail, now: datetime) -> Order:
    return Order(
        "delete_recording",
        {"recording_sid": voicemail.recording_sid, "voicemail_id": voicemail.id},
        expires_in_s=_EXPIRES_IN_S,
        dedupe_key=f"delete_recording:{voicemail.recording_sid}:{now.date().isoformat()}",
    )
