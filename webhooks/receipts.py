"""Have we answered this request before? Receipts make every webhook safe to send twice."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.storage.base import table_of
from callcenter.storage.statements import Batch, give_way, prepared_upsert
from callcenter.telephony.records import Receipt

_TABLE = table_of(Receipt)
_INSERT = prepared_upsert(
    _TABLE,
    ("key", "received_at", "status", "body"),
    lambda insert: give_way(insert).returning(_TABLE.c.key),
)
_READ = select(_TABLE.c.status, _TABLE.c.body).where(_TABLE.c.key == bindparam("receipt"))


def receipt_key(path: str, query: str, params: Iterable[tuple[str, str]]) -> str:
    """The key of one request.

    Made from all that was sent, not from Twilio's idempotency token: that is only there for some requests, and
    every address of ours that may be asked again in one call carries a turn number, so equal means repeated.
    """
    text = "\n".join([path, query, *(f"{name}={value}" for name, value in sorted(params))])
    return hashlib.sha256(text.encode()).hexdigest()


def store_answer(batch: Batch, key: str, now: datetime, status: int, body: str) -> bool:
    """Store the answer for a repeat, with the last statement of the transaction that made it.

    False: this request was answered before, or by another transaction meanwhile (whose commit this one waits for), so
    this transaction must be rolled back. Repeats are rare: to ask first, each time, would cost more.
    """
    values = {"key": key, "received_at": now, "status": status, "body": body}
    return bool(batch.write_with(_INSERT, values))


def stored_answer(session: Session, key: str) -> tuple[int, str] | None:
    """Status and body as they were given the first time, None when it was never answered."""
    row = session.connection().execute(_READ, {"receipt": key}).first()
    return None if row is None else (row.status or 204, row.body or "")
