"""Have we answered this request before? Receipts make every webhook safe to send twice."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callcenter.storage.base import table_of
from callcenter.telephony.records import Receipt

_TABLE = table_of(Receipt)
# Built once: every webhook asks them.
_INSERT = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=["key"]).returning(_TABLE.c.key),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(index_elements=["key"]).returning(_TABLE.c.key),
}
_THIS = _TABLE.c.key == bindparam("receipt")
_READ = select(_TABLE.c.status, _TABLE.c.body).where(_THIS)
_STORE = update(_TABLE).where(_THIS).values(status=bindparam("status"), body=bindparam("body"))


def receipt_key(path: str, query: str, params: Iterable[tuple[str, str]]) -> str:
    """The key of one request.

    Made from all that was sent, not from Twilio's idempotency token: that is only there for some requests, and
    every address of ours that may be asked again in one call carries a turn number, so equal means repeated.
    """
    text = "\n".join([path, query, *(f"{name}={value}" for name, value in sorted(params))])
    return hashlib.sha256(text.encode()).hexdigest()


def first_time(session: Session, key: str, now: datetime) -> bool:
    """Whether this request is new. A repeat that comes while the first is at work waits here until that commits."""
    connection = session.connection()
    # The row itself tells: a count of rows is not known for this statement on every driver (-1 with psycopg).
    stored = connection.execute(_INSERT[connection.dialect.name], {"key": key, "received_at": now})
    return stored.first() is not None


def stored_answer(session: Session, key: str) -> tuple[int, str]:
    """Status and body as they were given the first time."""
    row = session.connection().execute(_READ, {"receipt": key}).one()
    return row.status or 204, row.body or ""


def store_answer(session: Session, key: str, status: int, body: str) -> None:
    """Keep the answer for a repeat."""
    session.connection().execute(_STORE, {"receipt": key, "status": status, "body": body})
