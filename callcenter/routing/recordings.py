"""Effects that fetch recorded messages from Twilio, with retries, and then delete them there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.notify.channels import to_lead
from callcenter.notify.wording import Writer
from callcenter.rota import versions
from callcenter.routing.transaction import CallTransaction, locked_call
from callcenter.routing.voicemail import delete_at_twilio, store_listed
from callcenter.storage.totals import add, count
from callcenter.telephony.media import SOUND_TYPE
from callcenter.telephony.outbox import Effect, SingleOrderEffect, enqueue
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import TwilioApi

LOST_TOTAL = "callcenter_recordings_lost_total"
_ZONE = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Lead:
    """Notifies the team lead of a lost message. channels: the number of addresses in CALLCENTER_NOTIFY_URLS."""

    locale: str
    public_url: str
    channels: int

    def lost(self, session: Session, voicemail: Voicemail, now: datetime) -> None:
        """Order one notification for this message. Does nothing if it was ordered before."""
        rota = versions.active_rota(session)
        writer = Writer(self.locale, rota.zone if rota else _ZONE, self.public_url)
        body = writer.message_lost(voicemail.received_at, voicemail.call_id, now)
        enqueue(session, now, *to_lead(body=body, channels=self.channels, dedupe_key=f"message_lost:{voicemail.id}"))


NotifyLost = Callable[[Session, Voicemail, datetime], None]


class FetchRecording(SingleOrderEffect):
    """Store a message's sound in our database, then delete it at Twilio, so that only our own retention applies.

    The message may exist whatever error Twilio returns, so the download is retried for FETCH_FOR_S.
    """

    # The file may exist only seconds after it is announced. A wrong token may be corrected within hours.
    retry_pauses_s: tuple[float, ...] = (3, 7, 20, 60, 300, 900, 3600, 2 * 3600, 4 * 3600)
    idempotent = True
    retry_policy = RetryPolicy.ANY_ERROR_UNTIL_EXPIRY
    # Longer than `telephony.media` takes for a whole file and its redirects.
    lease_s = 90.0

    def __init__(self, twilio: TwilioApi, notify_lost: NotifyLost) -> None:
        self._twilio = twilio
        self._notify_lost = notify_lost

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        voicemail = session.get(Voicemail, order.payload["voicemail_id"])
        if voicemail is None or voicemail.state != "announced":
            return False
        # `perform` runs without a transaction and finds what it needs in the order.
        order.payload = {**order.payload, "sid": voicemail.recording_sid or ""}
        return True

    def perform(self, order: OutboxMessage) -> bytes:
        return self._twilio.recording_media(order.payload["sid"])

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        voicemail = session.get(Voicemail, order.payload["voicemail_id"], with_for_update=True)
        if voicemail is None or voicemail.state != "announced":
            return
        session.add(VoicemailAudio(voicemail_id=voicemail.id, content_type=SOUND_TYPE, audio=result))
        voicemail.state = "stored"
        delete_at_twilio(session, voicemail, now)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        voicemail = session.get(Voicemail, order.payload["voicemail_id"], with_for_update=True)
        if voicemail is None or voicemail.state != "announced":
            return
        voicemail.state = "lost"
        add(session, count(LOST_TOTAL))
        self._notify_lost(session, voicemail, now)
        # A recording that stays at Twilio would escape our retention, and it is not fetched any more.
        delete_at_twilio(session, voicemail, now)


class ListRecordings(SingleOrderEffect):
    """Reads the messages of a reconciled call, when Twilio could not list them during reconciliation."""

    retry_pauses_s = FetchRecording.retry_pauses_s
    idempotent = True
    retry_policy = RetryPolicy.ANY_ERROR_UNTIL_EXPIRY

    def __init__(self, twilio: TwilioApi) -> None:
        self._twilio = twilio

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return True

    def perform(self, order: OutboxMessage) -> list[tuple[str, int]]:
        return self._twilio.recordings_of(order.payload["sid"])

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        tx = CallTransaction(session, now)
        call = locked_call(tx, int(order.call_id or 0))
        store_listed(tx, call, result)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nothing: the call has its callback, without a message."""


def effects(twilio: TwilioApi, notify_lost: NotifyLost) -> Mapping[str, Effect]:
    """The effects that fetch recordings, by kind of order."""
    return {"fetch_recording": FetchRecording(twilio, notify_lost), "list_recordings": ListRecordings(twilio)}
