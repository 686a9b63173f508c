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
from callcenter.privacy.spelling import ESCAPES_OF_DIGITS, Spelling
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


@dataclass(frozen=True, slots=True)
class Found:
    """Every place that holds the number: rows, and the rota versions whose files do."""

    rows: tuple[Mention, ...]
    rotas: tuple[int, ...]

    @property
    def erasable(self) -> bool:
        """Whether a row is among them that `redact_mentions` changes."""
        return any(is_erasable(one.table, name) for one in self.rows for name in one.values)

    def places(self) -> dict[str, int]:
        """How many rows there are by place, such as "text_stop.mobile"; of rotas by version."""
        counted = Counter(f"{one.table.name}.{name}" for one in self.rows for name in one.values)
        return dict(counted) | {f"rota version {number}": 1 for number in self.rotas}


def search(session: Session, spelling: Spelling) -> Found:
    """Search the whole database. That takes seconds when it is large, so search in a transaction that only reads."""
    return Found(tuple(mentions(session, spelling)), tuple(rotas_with(session, spelling)))


def is_erasable(table: Table, column: str) -> bool:
    """Whether a number in a column may be redacted: not where it says who of the office is meant."""
    return held(table.name, column).holds not in REPORTED


def text_columns(table: Table) -> list[Column[Any]]:
    """The columns of a table that can hold a text: text, JSON and bytes."""
    return [column for column in table.columns if isinstance(column.type, String | JSON | LargeBinary)]


def mentions(session: Session, spelling: Spelling) -> Iterator[Mention]:
    """Every row of a database that holds the number in a column that can hold one, without the files of rotas."""
    for table in metadata().sorted_tables:
        columns = [column for column in text_columns(table) if held(table.name, column.name).holds not in UNSEARCHED]
        if columns:
            yield from _mentions_in(session, table, columns, spelling)


def redact_mentions(session: Session, spelling: Spelling, found: Found, now: datetime) -> int:
    """Redact the number in the places found, as their rows are now. Returns the number of rows that changed.

    Columns of staff stay. A row whose key is the number is deleted, an order with the number is dropped, and a document
    is emptied, since it says the number in words too.
    """
    changed = sum(_redact(session, spelling, one, now) for one in found.rows)
    for number in found.rotas:
        files = versions.files_of(session, number)
        new = redacted_files(files, spelling.redacted)
        if new != files:
            versions.replace_files(session, number, new)
            changed += 1
    return changed


def rotas_with(session: Session, spelling: Spelling) -> list[int]:
    """The rota versions whose files hold the number."""
    numbers = session.scalars(select(RotaVersion.id).order_by(RotaVersion.id)).all()
    return [n for n in numbers if any(spelling.is_in(_text(data)) for data in versions.files_of(session, n).values())]


def _mentions_in(session: Session, table: Table, columns: list[Column[Any]], spelling: Spelling) -> Iterator[Mention]:
    keys = list(table.primary_key.columns)
    likely = or_(*(_may_hold(column, spelling, session.get_bind().dialect.name) for column in columns))
    named = list(dict.fromkeys([*keys, *columns]))
    for row in session.execute(select(*named).where(likely)).mappings().all():
        values = {column.name: row[column] for column in columns if spelling.is_in(row[column])}
        if values:
            yield Mention(table, {key.name: row[key] for key in keys}, values)


def _may_hold(column: Column[Any], spelling: Spelling, dialect: str) -> Any:
    """A condition that preselects rows: the digits with anything between them, or digits of another kind."""
    as_text = cast(column, Text) if isinstance(column.type, JSON) else column
    return or_(
        as_text.like(f"%{'%'.join(spelling.core)}%"),
        *(as_text.contains(escape, autoescape=True) for escape in ESCAPES_OF_DIGITS),
        # SQLite's own pattern is ten times as fast as a regular expression, for which it calls Python.
        as_text.op("GLOB")("*[^ -~]*") if dialect == "sqlite" else as_text.regexp_match(r"[^\x01-\x7f]"),
    )


def _redact(session: Session, spelling: Spelling, found: Mention, now: datetime) -> int:
    table = found.table
    same = [table.c[name] == value for name, value in found.key.items()]
    if any(held(table.name, name).holds is Holds.NUMBER for name in found.values if name in found.key):
        session.execute(table.delete().where(*same))
        return 1
    columns = [table.c[name] for name in found.values if is_erasable(table, name) and name not in found.key]
    row = session.execute(select(*columns).where(*same)).mappings().first() if columns else None
    new = {name: spelling.redacted(value) for name, value in row.items()} if row is not None else {}
    if row is None or new == dict(row):
        return 0
    if table.name == Receipt.__tablename__:
        new["body"] = NO_DOCUMENT
    session.execute(update(table).where(*same).values(**new))
    if table.name == OutboxMessage.__tablename__:
        waiting = table.c.state.in_(("queued", "taken"))
        session.execute(update(table).where(*same, waiting).values(state="dropped", done_at=now))
    return 1


def _text(data: bytes) -> str:
    try:
        return decode(data)
    except UnreadableCsv:
        return data.decode("latin-1")
