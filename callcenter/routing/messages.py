"""Which message did a caller leave? Kept once, whichever request tells it first."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.routing.hunting import note_promise
from callcenter.routing.outcome import keep_late_message, settle
from callcenter.routing.work import Work
from callcenter.telephony.outbox import Order, put
from callcenter.telephony.parameters import whole_seconds

# The file may not be there yet when the action is asked; Twilio's word that it is comes a little later.
FETCH_AFTER_S = 2
# Long enough to notice and mend whatever keeps us from it: a wrong token, a suspended account, a weekend.
FETCH_FOR_S = 3 * 24 * 3600
DELETE_FOR_S = 30 * 24 * 3600


def keep_message(work: Work, call: Call, params: Mapping[str, str]) -> None:
    """Store that a message was left, whichever request tells it first; a newer recording takes an older one's place."""
    sid = params.get("RecordingSid") or _sid_of(params.get("RecordingUrl", ""))
    if not sid or not params.get("RecordingUrl"):
        return
    known = work.session.scalar(select(Voicemail).where(Voicemail.recording_sid == sid))
    if known is not None:
        return
    voicemail = Voicemail(
        call_id=call.id,
        recording_sid=sid,
        recording_url=params["RecordingUrl"],
        duration_s=whole_seconds(params.get("RecordingDuration")),
        received_at=work.now,
        state="announced",
    )
    work.session.add(voicemail)
    work.session.flush()
    put(
        work.session,
        work.now,
        Order(
            "fetch_recording",
            {"url": params["RecordingUrl"], "voicemail_id": voicemail.id},
            expires_in_s=FETCH_FOR_S,
            delay_s=FETCH_AFTER_S,
            call_id=call.id,
        ),
    )
    if call.voicemail_id is not None:
        _replace(work, call.voicemail_id)
    call.voicemail_id = voicemail.id
    if call.outcome is not None:
        keep_late_message(work, call)
        return
    note_promise(work, call, "voicemail")
    settle(work, call)


def note_recording(work: Work, call: Call, params: Mapping[str, str]) -> None:
    """`completed`: the message exists. `absent`: nothing was recorded."""
    if params.get("RecordingStatus") == "absent":
        call.nothing_recorded = True
        settle(work, call)
    else:
        keep_message(work, call, params)


def delete_at_twilio(session: Session, voicemail: Voicemail, now: datetime) -> None:
    """Have the recording deleted at Twilio; asked again until that is confirmed."""
    put(
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
    """Erase a message's sound here, which may have been fetched already, and order the same at Twilio."""
    session.execute(delete(VoicemailAudio).where(VoicemailAudio.voicemail_id == voicemail.id))
    voicemail.state = "erased"
    voicemail.recording_url = None
    if voicemail.recording_sid is not None and voicemail.deleted_at_twilio_at is None:
        delete_at_twilio(session, voicemail, now)


def _replace(work: Work, voicemail_id: int) -> None:
    # Locked, as the fetch does: of the two, the later one sees what the other did.
    old = work.session.get_one(Voicemail, voicemail_id, with_for_update=True)
    erase_sound(work.session, old, work.now)


def _sid_of(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1]
