"""Receipts of answered requests, with their answers: they make every webhook idempotent."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.storage.base import ignore_existing, table_of
from callcenter.storage.statements import Batch, prepared_upsert
from callcenter.telephony.records import Receipt

_TABLE = table_of(Receipt)
_INSERT = prepared_upsert(
    _TABLE,
    ("key", "received_at", "status", "body"),
    lambda insert: ignore_existing(insert).returning(_TABLE.c.key),
)
_READ = select(_TABLE.c.status, _TABLE.c.body).where(_TABLE.c.key == bindparam("receipt"))


def receipt_key(path: str, query: str, params: Iterable[tuple[str, Iterable[str]]]) -> str:
    """The key of one request. params: each name with its values.

    It is a hash of what Twilio's signature covers: the path, the query, and the names and values of the parameters, in
    order and without repetitions (https://www.twilio.com/docs/usage/security). So two requests for which one signature
    is valid are one, repeated, whoever changed what the signature does not cover. A turn number keeps the documents of
    a call apart. Twilio's idempotency token is not sent with every request.
    """
    covered = "".join(name + value for name, values in sorted(params) for value in sorted(set(values)))
    return hashlib.sha256(f"{path}\n{query}\n{covered}".encode(errors="surrogatepass")).hexdigest()


def store_answer(batch: Batch, key: str, now: datetime, status: int, body: str) -> bool:
    """Store the answer to a request with the last statement of its transaction.

    Returns False when a receipt exists already: then the transaction must be rolled back. If another transaction is
    storing the same receipt, the INSERT waits for its commit. Repeats are rare, so no query looks for one beforehand.
    """
    values = {"key": key, "received_at": now, "status": status, "body": body}
    return bool(batch.write_with(_INSERT, values))


def stored_answer(session: Session, key: str) -> tuple[int, str] | None:
    """The stored status and body of the answer to this request, None when it was not answered yet."""
    row = session.connection().execute(_READ, {"receipt": key}).first()
    return None if row is None else (row.status or 204, row.body or "")
