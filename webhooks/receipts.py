"""Have we answered this request before? Receipts make every webhook safe to send twice."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callcenter.telephony.records import Receipt


def receipt_key(path: str, query: str, params: Iterable[tuple[str, str]]) -> str:
    """The key of one request.

    Made from all that was sent, not from Twilio's idempotency token: that is only there for some requests, and
    every address of ours that may be asked again in one call carries a turn number, so equal means repeated.
    """
    text = "\n".join([path, query, *(f"{name}={value}" for name, value in sorted(params))])
    return hashlib.sha256(text.encode()).hexdigest()


def first_time(session: Session, key: str, now: datetime) -> bool:
    """Whether this request is new. A repeat that comes while the first is at work waits here until that commits."""
    table = Receipt.__table__
    assert isinstance(table, Table)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(key=key, received_at=now).on_conflict_do_nothing(index_elements=["key"])
    return bool(session.connection().execute(statement).rowcount)


def stored_answer(session: Session, key: str) -> tuple[int, str]:
    """Status and body as they were given the first time."""
    row = session.execute(select(Receipt.status, Receipt.body).where(Receipt.key == key)).one()
    return row.status or 204, row.body or ""


def store_answer(session: Session, key: str, status: int, body: str) -> None:
    """Keep the answer for a repeat."""
    table = Receipt.__table__
    assert isinstance(table, Table)
    session.connection().execute(update(table).where(table.c.key == key).values(status=status, body=body))
