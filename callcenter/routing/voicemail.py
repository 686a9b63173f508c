"""Stores the message that a caller leaves, once, and orders its download and deletion at Twilio."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.routing.hunting import store_promised_time
from callcenter.routing.outcome import add_late_message, fix_waiting
from callcenter.routing.transaction import CallTransaction
from callcenter.storage.totals import add, count
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.parameters import whole_seconds

# The file may not exist yet when Twilio requests the action. The report of the recording follows later.
FETCH_AFTER_S = 2
# Long enough to notice and repair a wrong token or a suspended account, also over a weekend.
FETCH_FOR_S = 3 * 24 * 3600
DELETE_FOR_S = 30 * 24 * 3600


def store_message(tx: CallTransaction, call: Call, params: Mapping[str, str]) -> None:
    """Store a message; several requests report it. A newer recording of the same call replaces an older one."""
    sid = params.get("RecordingSid") or _sid_of(params.get("RecordingUrl", ""))
    if not sid or not params.get("RecordingUrl"):
        return
    known = tx.session.scalar(select(Voicemail).where(Voicemail.recording_sid == sid))
    if known is not None:
        return
    voicemail = Voicemail(
        call_id=call.id,
        recording_sid=sid,
        recording_url=params["RecordingUrl"],
        duration_s=whole_seconds(params.get("RecordingDuration")),
        received_at=tx.now,
        state="announced",
    )
    tx.session.add(voicemail)
    tx.session.flush()
    enqueue(
        tx.session,
        tx.now,
        Order(
            "fetch_recording",
            {"url": params["RecordingUrl"], "voicemail_id": voicemail.id},
            expires_in_s=FETCH_FOR_S,
            delay_s=FETCH_AFTER_S,
            call_id=call.id,
        ),
        batch=tx.batch,
    )
    if call.voicemail_id is not None:
        _replace(tx, call.voicemail_id)
    call.add_voicemail(voicemail.id)
    if call.outcome is not None:
        add_late_message(tx, call)
        return
    store_promised_time(tx, call, "voicemail")
    fix_waiting(tx, call)


def store_listed(tx: CallTransaction, call: Call, recordings: Iterable[tuple[str, str, int]]) -> None:
    """Store the messages of a call from Twilio's list of its recordings, newest first: sid, address and seconds."""
    for sid, url, seconds in reversed(list(recordings)):
        store_message(tx, call, {"RecordingSid": sid, "RecordingUrl": url, "RecordingDuration": str(seconds)})


def store_deleted(tx: CallTransaction, call: Call, recordings: Iterable[tuple[str, int]]) -> None:
    """Store that a caller left a message whose sound is gone: it was fetched and deleted at Twilio, and the database
    that held it is lost. recordings: sid and seconds of each, oldest first; the last one counts."""
    for sid, seconds in list(recordings)[-1:]:
        if tx.session.scalar(select(Voicemail.id).where(Voicemail.recording_sid == sid)) is not None:
            continue
        voicemail = Voicemail(
            call_id=call.id,
            recording_sid=sid,
            duration_s=seconds,
            received_at=call.message_at or call.received_at,
            state="lost",
            deleted_at_twilio_at=tx.now,
        )
        tx.session.add(voicemail)
        tx.session.flush()
        add(tx.session, count("callcenter_recordings_lost_total"))
        call.add_voicemail(voicemail.id)


def note_recording(tx: CallTransaction, call: Call, params: Mapping[str, str]) -> None:
    """Store Twilio's report of a recording. `completed`: the message exists. `absent`: nothing was recorded."""
    if params.get("RecordingStatus") == "absent":
        call.note_nothing_recorded()
        fix_waiting(tx, call)
    else:
        store_message(tx, call, params)


def delete_at_twilio(session: Session, voicemail: Voicemail, now: datetime) -> None:
    """Order the deletion of a recording at Twilio, retried until it is confirmed."""
    enqueue(
        session,
        now,
        Order(
            "delete_recording",
            {"recording_sid": voicemail.recording_sid, "voicemail_id": voicemail.id},
            expires_in_s=DELETE_FOR_S,
            dedupe_key=f"delete_recording:{voicemail.recording_sid}",
        ),
    )


def erase_sound(session: Session, voicemail: Voicemail, now: datetime) -> None:
    """Delete the sound of a message from the database, and order its deletion at Twilio. The message's row remains."""
    session.execute(delete(VoicemailAudio).where(VoicemailAudio.voicemail_id == voicemail.id))
    voicemail.state = "erased"
    voicemail.recording_url = None
    if voicemail.recording_sid is not None and voicemail.deleted_at_twilio_at is None:
        delete_at_twilio(session, voicemail, now)


def _replace(tx: CallTransaction, voicemail_id: int) -> None:
    # The row is locked, here and by the effect that fetches the sound, so that the later one sees the other's changes.
    old = tx.session.get_one(Voicemail, voicemail_id, with_for_update=True)
    erase_sound(tx.session, old, tx.now)


def _sid_of(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1]
