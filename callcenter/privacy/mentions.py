"""Finds a number wherever else it is stored, in any column of any table, and redacts it there."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, String, Table, Text, cast, or_, select, update
from sqlalchemy.orm import Session

from callcenter.officecsv import UnreadableCsv, decode
from callcenter.privacy.inventory import REPORTED, UNSEARCHED, Holds, held
from callcenter.privacy.rota_texts import redacted_files
from callcenter.privacy.spelling import UNUSUAL_DIGITS, Spelling
from callcenter.privacy.twilio_documents import NO_DOCUMENT
from callcenter.rota import versions
from callcenter.rota.records import RotaVersion
from callcenter.storage.tables import metadata
from callcenter.telephony.records import OutboxMessage, Receipt


@dataclass(frozen=True, slots=True)
class Mention:
    """One row that holds the number. key: its primary key by column; values: the columns with the number."""

    table: Table
    key: Mapping[str, Any]
    values: Mapping[str, Any]


def text_columns(table: Table) -> list[Column[Any]]:
    """The columns of a table that can hold a text: text, JSON and bytes."""
    return [column for column in table.columns if isinstance(column.type, String | JSON | LargeBinary)]


def mentions(session: Session, spelling: Spelling) -> Iterator[Mention]:
    """Every row of a database that holds the number in a column that can hold one, without the files of rotas."""
    for table in metadata().sorted_tables:
        columns = [column for column in text_columns(table) if held(table.name, column.name).holds not in UNSEARCHED]
        if columns:
            yield from _mentions_in(session, table, columns, spelling)


def redact_mentions(session: Session, spelling: Spelling, now: datetime) -> int:
    """Redact the number in every column but those of staff. Returns the number of rows that changed.

    A row whose key is the number is deleted, an order with the number is dropped, and a document is emptied, since it
    says the number in words too.
    """
    changed = 0
    for found in list(mentions(session, spelling)):
        new = {
            name: spelling.redacted(value)
            for name, value in found.values.items()
            if held(found.table.name, name).holds not in REPORTED and name not in found.key
        }
        changed += _change(session, found, new, now)
    return changed + _redact_rotas(session, spelling)


def mentions_left(session: Session, spelling: Spelling) -> dict[str, int]:
    """In how many rows the number is, by place, such as "text_stop.mobile"; of rotas by version."""
    left: Counter[str] = Counter()
    for found in mentions(session, spelling):
        left.update(f"{found.table.name}.{name}" for name in found.values)
    left.update(f"rota version {number}" for number in rotas_with(session, spelling))
    return dict(left)


def rotas_with(session: Session, spelling: Spelling) -> list[int]:
    """The rota versions whose files hold the number."""
    numbers = session.scalars(select(RotaVersion.id).order_by(RotaVersion.id)).all()
    return [n for n in numbers if any(spelling.is_in(_text(data)) for data in versions.files_of(session, n).values())]


def _mentions_in(session: Session, table: Table, columns: list[Column[Any]], spelling: Spelling) -> Iterator[Mention]:
    keys = list(table.primary_key.columns)
    likely = or_(*(_may_hold(column, spelling) for column in columns))
    named = list(dict.fromkeys([*keys, *columns]))
    for row in session.execute(select(*named).where(likely)).mappings().all():
        values = {column.name: row[column] for column in columns if spelling.is_in(row[column])}
        if values:
            yield Mention(table, {key.name: row[key] for key in keys}, values)


def _may_hold(column: Column[Any], spelling: Spelling) -> Any:
    """A condition that preselects rows: the digits with anything between them, or digits of another kind."""
    as_text = cast(column, Text) if isinstance(column.type, JSON) else column
    return or_(as_text.like(f"%{'%'.join(spelling.core)}%"), as_text.regexp_match(UNUSUAL_DIGITS))


def _change(session: Session, found: Mention, new: dict[str, Any], now: datetime) -> int:
    same = [found.table.c[name] == value for name, value in found.key.items()]
    if any(name in found.key and held(found.table.name, name).holds is Holds.NUMBER for name in found.values):
        session.execute(found.table.delete().where(*same))
        return 1
    if not new:
        return 0
    if found.table.name == Receipt.__tablename__:
        new["body"] = NO_DOCUMENT
    session.execute(update(found.table).where(*same).values(**new))
    if found.table.name == OutboxMessage.__tablename__:
        waiting = found.table.c.state.in_(("queued", "taken"))
        session.execute(update(found.table).where(*same, waiting).values(state="dropped", done_at=now))
    return 1


def _redact_rotas(session: Session, spelling: Spelling) -> int:
    changed = 0
    for number in session.scalars(select(RotaVersion.id)).all():
        files = versions.files_of(session, number)
        new = redacted_files(files, spelling.redacted)
        if new != files:
            versions.replace_files(session, number, new)
            changed += 1
    return changed


def _text(data: bytes) -> str:
    try:
        return decode(data)
    except UnreadableCsv:
        return data.decode("latin-1")
