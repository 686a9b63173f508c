"""Updates the stored contacts to match a list of schools or contacts, and counts what changed.

Records are matched by key. A record that the list no longer has is marked as gone, never deleted, because calls and
callbacks refer to it. Numbers that a person added belong to no list and survive every import.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from callcenter.directory.records import Contact, ContactNumber
from callcenter.directory.report import ImportReport

TAUGHT = "taught"
# SQLite limits the number of parameters of a statement.
_CHUNK = 500

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One record of a list: its key, its columns (with `digest`) and its numbers in E.164."""

    key: Key
    columns: dict[str, Any]
    numbers: tuple[str, ...]


@dataclass(slots=True)
class Stored:
    """One record of the directory: its row, and the source of each of its numbers."""

    id: int
    source: str
    digest: str | None
    gone: bool
    numbers: dict[str, str]


def stored_numbers(session: Session, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The numbers of each contact, with their sources."""
    found: dict[int, dict[str, str]] = {contact: {} for contact in ids}
    for chunk in _chunks(ids):
        rows = session.execute(
            select(ContactNumber.contact_id, ContactNumber.number, ContactNumber.source).where(
                ContactNumber.contact_id.in_(chunk)
            )
        )
        for contact, number, source in rows:
            found[contact][number] = source
    return found


def apply_list(
    session: Session,
    listed: Sequence[Listed],
    stored: Mapping[Key, Stored],
    gone: Iterable[Stored],
    source: str,
    now: datetime,
) -> ImportReport:
    """Update the directory to match a list. The caller commits.

    stored: stored records by key; those without a key in the list do not change. gone: stored records to mark as gone.
    source: the kind of the list.
    """
    new = [item for item in listed if item.key not in stored]
    back = [item for item in listed if item.key in stored and stored[item.key].gone]
    changed = [
        item
        for item in listed
        if item.key in stored and not stored[item.key].gone and _differs(item, stored[item.key], source)
    ]
    ids = {key: record.id for key, record in stored.items()}
    ids |= _insert(session, new, source, now)
    _update(session, [(ids[item.key], item) for item in (*back, *changed)], source, now)
    touched = [(ids[item.key], item, _numbers_of(stored.get(item.key))) for item in (*new, *back, *changed)]
    _renumber(session, touched, source)
    lost = [{"id": record.id, "gone_at": now, "updated_at": now} for record in gone]
    if lost:
        session.execute(update(Contact), lost)
    # The rows were written without the session's identity map.
    session.expire_all()
    return ImportReport(read=len(listed), added=len(new) + len(back), changed=len(changed), gone=len(lost))


def _numbers_of(record: Stored | None) -> dict[str, str]:
    return record.numbers if record else {}


def _differs(item: Listed, record: Stored, source: str) -> bool:
    # Numbers are compared as well as the digest: a new release of phonenumbers may read the same cell differently.
    from_list = {number for number, origin in record.numbers.items() if origin != TAUGHT}
    wanted = {number for number in item.numbers if record.numbers.get(number) != TAUGHT}
    return record.digest != item.columns["digest"] or record.source != source or from_list != wanted


def _insert(session: Session, items: Sequence[Listed], source: str, now: datetime) -> dict[Key, int]:
    if not items:
        return {}
    rows = [{**item.columns, "source": source, "gone_at": None, "updated_at": now} for item in items]
    ids = session.scalars(insert(Contact).returning(Contact.id, sort_by_parameter_order=True), rows)
    return {item.key: new_id for item, new_id in zip(items, ids, strict=True)}


def _update(session: Session, items: Sequence[tuple[int, Listed]], source: str, now: datetime) -> None:
    rows = [{**item.columns, "id": id_, "source": source, "gone_at": None, "updated_at": now} for id_, item in items]
    if rows:
        session.execute(update(Contact), rows)


def _renumber(session: Session, items: Sequence[tuple[int, Listed, dict[str, str]]], source: str) -> None:
    unwanted: list[tuple[int, str]] = []
    wanted: list[dict[str, Any]] = []
    for id_, item, present in items:
        unwanted += [(id_, n) for n, origin in present.items() if origin != TAUGHT and n not in item.numbers]
        wanted += [{"contact_id": id_, "number": n, "source": source} for n in item.numbers if n not in present]
    for contact, number in unwanted:
        session.execute(
            delete(ContactNumber).where(ContactNumber.contact_id == contact, ContactNumber.number == number)
        )
    if wanted:
        session.execute(insert(ContactNumber), wanted)


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
