"""Carries out the orders of callbacks: ring the consultant's mobile, stop ringing it, or ask whether it goes on."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.callbacks import attempt_events
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.rules import is_live
from callcenter.calls.leg import FINAL
from callcenter.rota.model import Rota
from callcenter.storage.base import table_of
from callcenter.storage.statements import Prepared
from callcenter.telephony.outbox import Effect, SingleOrderEffect
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import CallStatus, TwilioApi, is_over

# No `answered` event: the request for the screening document reports it.
EVENTS = ("initiated", "completed")
# Reads the active rota; None while there is none.
ActiveRota = Callable[[Session], Rota | None]

_CALLBACKS, _ATTEMPTS = table_of(Callback), table_of(CallbackAttempt)
_ATTEMPT = Prepared(
    select(_CALLBACKS.c.state, _ATTEMPTS.c.ended_at, _ATTEMPTS.c.leg_sid)
    .join_from(_CALLBACKS, _ATTEMPTS, _ATTEMPTS.c.callback_id == _CALLBACKS.c.id)
    .where(_ATTEMPTS.c.id == bindparam("attempt_id"))
)


class RingConsultant(SingleOrderEffect):
    """Creates the call to the consultant's mobile. It is not repeated when we do not know whether it was created."""

    retry_pauses_s: tuple[float, ...] = (1.0, 3.0)
    idempotent = False
    keeps_late_results = True

    def __init__(self, twilio: TwilioApi, public_url: str, active_rota: ActiveRota) -> None:
        self._twilio = twilio
        self._public_url = public_url
        self._active_rota = active_rota

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        for callback_state, ended_at, leg_sid in _ATTEMPT(session.connection(), order.payload):
            if ended_at is not None or leg_sid is not None:
                return False
            if is_live(callback_state):
                return True
            attempt_events.leg_not_created(session, self._active_rota(session), order.payload["attempt_id"], now)
        return False

    def perform(self, order: OutboxMessage) -> str:
        base = f"{self._public_url}/webhooks/callback/{order.payload['attempt_id']}"
        return self._twilio.create_call(
            to=order.payload["to"],
            from_=order.payload["from"],
            url=f"{base}/screen",
            status_callback=f"{base}/status",
            events=EVENTS,
            timeout_s=attempt_events.RING_CONSULTANT_S,
        )

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        attempt_events.leg_created(session, order.payload["attempt_id"], str(result), now)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        attempt_events.leg_not_created(session, self._active_rota(session), order.payload["attempt_id"], now)


class StopRinging(SingleOrderEffect):
    """Ends the call to a consultant when the callback is closed. A call that is over counts as ended."""

    retry_pauses_s: tuple[float, ...] = (1.0, 3.0, 10.0)
    idempotent = True
    retry_policy = RetryPolicy.UNTIL_EXPIRY

    def __init__(self, twilio: TwilioApi) -> None:
        self._twilio = twilio

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return True

    def perform(self, order: OutboxMessage) -> None:
        is_over(lambda: self._twilio.end_call(order.payload["sid"]))

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        return None

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        return None


class CheckAttempt(SingleOrderEffect):
    """Asks Twilio about an attempt whose last event is late: events are lost while no host can be reached."""

    retry_pauses_s: tuple[float, ...] = (2.0, 5.0)
    idempotent = True

    def __init__(self, twilio: TwilioApi, active_rota: ActiveRota) -> None:
        self._twilio = twilio
        self._active_rota = active_rota

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        found = _ATTEMPT(session.connection(), order.payload)
        return any(ended_at is None for _, ended_at, _ in found)

    def perform(self, order: OutboxMessage) -> tuple[CallStatus, CallStatus | None]:
        """The state of the consultant's leg, and of the caller's, if we know its sid."""
        sid, caller = order.payload["sid"], order.payload["callee_sid"]
        return self._twilio.call_status(sid), self._twilio.call_status(caller) if caller else None

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        attempt_id, rota = order.payload["attempt_id"], self._active_rota(session)
        consultant, caller = result
        if rota is not None and caller is not None and caller.status in FINAL:
            sid, at = order.payload["callee_sid"], caller.ended_at or now
            attempt_events.caller_event(session, rota, attempt_id, sid, caller.status, None, at)
        if consultant.status in FINAL:
            at = consultant.ended_at or now
            attempt_events.consultant_event(session, rota, attempt_id, order.payload["sid"], consultant.status, at)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nothing: the job orders another check."""


def effects(twilio: TwilioApi, public_url: str, active_rota: ActiveRota) -> Mapping[str, Effect]:
    """The effects of this package, by kind of order. active_rota: reads the active rota; None while there is none."""
    return {
        "callback_leg": RingConsultant(twilio, public_url, active_rota),
        "callback_stop": StopRinging(twilio),
        "check_attempt": CheckAttempt(twilio, active_rota),
    }
