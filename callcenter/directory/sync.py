"""How does a list become the directory's present state? One difference for every kind of list.

A record is known by its key; what the list no longer holds is marked gone, never deleted, because calls and callbacks
point to it. Numbers taught by a person belong to no list and survive every import.
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
# SQLite takes a limited number of parameters in one statement.
_CHUNK = 500

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One record of a list: its key, its columns (`digest` among them) and its numbers in E.164."""

    key: Key
    columns: dict[str, Any]
    numbers: tuple[str, ...]


@dataclass(slots=True)
class Known:
    """What the directory holds of one record: its row, and its numbers with where each came from."""

    id: int
    source: str
    digest: str | None
    gone: bool
    numbers: dict[str, str]


def known_numbers(session: Session, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """For each contact its numbers with their source."""
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
    known: Mapping[Key, Known],
    gone: Iterable[Known],
    source: str,
    now: datetime,
) -> ImportReport:
    """Make the directory say what the list says; the report counts what that changed.

    known: the present records with keys in the list, and others that are left alone; gone: the present records to
    mark as gone. The session is not committed.
    """
    new = [item for item in listed if item.key not in known]
    back = [item for item in listed if item.key in known and known[item.key].gone]
    changed = [
        item
        for item in listed
        if item.key in known and not known[item.key].gone and _differs(item, known[item.key], source)
    ]
    ids = {key: record.id for key, record in known.items()}
    ids |= _insert(session, new, source, now)
    _update(session, [(ids[item.key], item) for item in (*back, *changed)], source, now)
    touched = [(ids[item.key], item, _numbers_of(known.get(item.key))) for item in (*new, *back, *changed)]
    _renumber(session, touched, source)
    lost = [{"id": record.id, "gone_at": now, "updated_at": now} for record in gone]
    if lost:
        session.execute(update(Contact), lost)
    # The rows were written past the session's objects.
    session.expire_all()
    return ImportReport(read=len(listed), added=len(new) + len(back), changed=len(changed), gone=len(lost))


def _numbers_of(record: Known | None) -> dict[str, str]:
    return record.numbers if record else {}


def _differs(item: Listed, record: Known, source: str) -> bool:
    # The numbers are compared by themselves too: a newer table of valid numbers may read the same cell differently.
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
