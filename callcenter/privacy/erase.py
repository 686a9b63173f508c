"""How is everything about one number erased? From every table, in every spelling, with figures left as they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Engine, String, Table, Text, cast, delete, or_, select, text, update
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks.life import LIVE
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.verbs import cancel
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.directory.records import Contact, ContactNumber
from callcenter.errors import InvalidInput
from callcenter.lines.records import BlockedNumber, Line
from callcenter.privacy.answers import NO_DOCUMENT, erase_answers
from callcenter.privacy.spelling import Spelling, spelling_of
from callcenter.rota import versions
from callcenter.routing.voicemail import erase_sound
from callcenter.storage.tables import metadata
from callcenter.telephony.records import OutboxMessage, Receipt

# Recorded speech, pictures of files and hashes: no number can be read in them.
_OPAQUE = frozenset({"rota_version"})


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was erased."""

    calls: int
    messages: int
    callbacks: int
    contacts: int
    other: int

    @property
    def nothing(self) -> bool:
        """Whether the number was not known at all."""
        return not (self.calls or self.messages or self.callbacks or self.contacts or self.other)


def forget(session: Session, number: str, now: datetime, by: str) -> Forgotten:
    """Erase everything that is kept of a number, in the caller's transaction. What is counted stays counted.

    Raises InvalidInput on `number` when it is none, one of the lines', or a consultant's in the rota in force.
    """
    spelling = spelling_of(number)
    _not_our_own(session, spelling.e164)
    calls = _calls_of(session, spelling)
    messages = _erase_messages(session, calls, now)
    promises = list(session.scalars(select(Callback.id).where(Callback.number == spelling.e164)))
    erase_answers(session, calls, promises, now)
    callbacks = _erase_callbacks(session, promises, now, by)
    contacts = _erase_contacts(session, spelling.e164)
    _erase_callers(session, calls)
    session.flush()
    done = Forgotten(len(calls), messages, callbacks, contacts, _sweep(session, spelling))
    audit(
        session,
        now,
        by,
        "number_forgotten",
        "privacy:forget",
        calls=done.calls,
        messages=done.messages,
        callbacks=done.callbacks,
        contacts=done.contacts,
        other=done.other,
    )
    return done


def _not_our_own(session: Session, e164: str) -> None:
    if session.scalar(select(Line.id).where(Line.number == e164)) is not None:
        raise InvalidInput("number", "this is one of the lines' own numbers")
    active = versions.active(session)
    if active is not None and any(person.mobile == e164 for person in active[1].consultants.values()):
        raise InvalidInput("number", "this is a consultant's mobile: take it out of the rota's consultants file first")


def _calls_of(session: Session, spelling: Spelling) -> list[int]:
    e164 = spelling.e164
    mine = or_(Call.from_number == e164, Call.keyed_number == e164, Call.forwarded_from == e164)
    return list(session.scalars(select(Call.id).where(mine)))


def _erase_messages(session: Session, calls: list[int], now: datetime) -> int:
    has_sound = select(VoicemailAudio.voicemail_id).where(VoicemailAudio.voicemail_id == Voicemail.id).exists()
    left = session.scalars(
        select(Voicemail).where(Voicemail.call_id.in_(calls), or_(Voicemail.state != "erased", has_sound))
    ).all()
    for voicemail in left:
        erase_sound(session, voicemail, now)
    return len(left)


def _erase_callers(session: Session, calls: list[int]) -> None:
    """Names too, but a school's is public and stays, as do its figures."""
    session.execute(
        update(Call)
        .where(Call.id.in_(calls), Call.group.not_in(("school", "partner")))
        .values(caller_name=None, caller_place=None)
    )
    session.execute(
        update(Call).where(Call.id.in_(calls)).values(from_number=None, keyed_number=None, forwarded_from=None)
    )


def _erase_callbacks(session: Session, ids: list[int], now: datetime, by: str) -> int:
    mine = session.scalars(select(Callback).where(Callback.id.in_(ids))).all()
    for callback in mine:
        if callback.state in LIVE:
            cancel(session, callback.id, "number erased", by, now)
        callback.number = callback.note = None
        if callback.group not in ("school", "partner"):
            callback.caller_name = callback.caller_place = None
    session.flush()
    session.execute(update(CallbackAttempt).where(CallbackAttempt.callback_id.in_(ids)).values(callee_sid=None))
    return len(mine)


def _erase_contacts(session: Session, e164: str) -> int:
    """A parent or young person without any number left is no contact of ours any more."""
    owners = session.scalars(select(ContactNumber.contact_id).where(ContactNumber.number == e164)).all()
    session.execute(delete(ContactNumber).where(ContactNumber.number == e164))
    others = select(ContactNumber.id).where(ContactNumber.contact_id == Contact.id).exists()
    people = session.scalars(
        select(Contact.id).where(Contact.id.in_(owners), Contact.kind.in_(("parent", "youth")), ~others)
    ).all()
    session.execute(delete(Contact).where(Contact.id.in_(people)))
    session.execute(delete(BlockedNumber).where(BlockedNumber.number == e164))
    return len(owners)


def _sweep(session: Session, spelling: Spelling) -> int:
    """Blot the number out wherever else it stands: orders, reasons, notes, whatever is added to the tables later."""
    changed = 0
    for table in metadata().sorted_tables:
        if table.name in _OPAQUE:
            continue
        columns = [column for column in table.columns if isinstance(column.type, String | Text | JSON)]
        columns = [column for column in columns if not column.primary_key]
        if columns:
            changed += _sweep_table(session, table, columns, spelling)
    return changed


def _sweep_table(session: Session, table: Table, columns: list[Column[Any]], spelling: Spelling) -> int:
    keys = list(table.primary_key.columns)
    changed = 0
    for row in session.execute(select(*keys, *columns).where(or_(*(_may_hold(c, spelling) for c in columns)))).all():
        old = {column.name: getattr(row, column.name) for column in columns}
        new = {name: spelling.blotted(value) for name, value in old.items()}
        if new == old:
            continue
        if table.name == Receipt.__tablename__:
            new["body"] = NO_DOCUMENT
        if table.name == OutboxMessage.__tablename__:
            new["state"] = "dropped" if old["state"] in ("queued", "taken") else old["state"]
        same = [key == getattr(row, key.name) for key in keys]
        session.execute(update(table).where(*same).values(**new))
        changed += 1
    return changed


def _may_hold(column: Column[Any], spelling: Spelling) -> Any:
    """The database's first look: the last digits, with anything between them where people write."""
    as_text = cast(column, Text) if isinstance(column.type, JSON) else column
    free = isinstance(column.type, Text | JSON)
    pattern = "%".join(spelling.core) if free else spelling.core
    return as_text.like(f"%{pattern}%")


def clean_files(engine: Engine) -> None:
    """Have the database's own files rewritten, so that nothing erased can be read in their free pages.

    SQLite: the file and its write-ahead log. PostgreSQL: its log of changes goes by its own settings and backups.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))
        return
    raw = engine.raw_connection()  # without the transaction that our sessions begin
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        raw.close()
