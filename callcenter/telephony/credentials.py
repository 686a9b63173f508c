"""Retries refused orders at once when a process starts with other Twilio credentials than the last one."""

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from callcenter.settings import Settings
from callcenter.storage.system_facts import read_fact, store_fact
from callcenter.telephony.records import PENDING, OutboxMessage

_FACT = "twilio_credentials"


def fingerprint(settings: Settings) -> str:
    """A keyed hash of the credentials. Its key is our own secret, so that nobody can test guesses against it."""
    key_secret = settings.twilio_api_secret
    parts = (
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_api_key or "",
        key_secret.get_secret_value() if key_secret else "",
    )
    own_key = settings.secret_key.get_secret_value().encode()
    return hmac.new(own_key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def retry_when_credentials_changed(session: Session, mark: str, kinds: Collection[str], now: datetime) -> int:
    """Make refused orders of these kinds due now if the credentials differ from the stored ones. Returns how many.

    mark: the fingerprint of this process's credentials.
    """
    before = read_fact(session, _FACT)
    if before is not None and before.value.get("mark") == mark:
        return 0
    store_fact(session, _FACT, {"mark": mark}, now)
    waiting = (
        PENDING,
        OutboxMessage.state == "queued",
        OutboxMessage.error.is_not(None),
        OutboxMessage.kind.in_(kinds),
        OutboxMessage.not_before > now,
        OutboxMessage.expires_at > now,
    )
    result = session.execute(
        update(OutboxMessage).where(*waiting).values(not_before=now),
        execution_options={"synchronize_session": False},
    )
    assert isinstance(result, CursorResult)
    return result.rowcount
