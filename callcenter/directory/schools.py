"""Imports DUO's lists of schools."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.directory.duo import DuoFile, SchoolRow
from callcenter.directory.records import Contact
from callcenter.directory.report import ImportReport
from callcenter.directory.sync import Key, Listed, Stored, apply_list, stored_numbers


def import_schools(session: Session, files: Sequence[DuoFile], now: datetime) -> ImportReport:
    """Update the directory to match each file in turn, the oldest first; the report is their sum. The caller commits.

    A school that is missing from a newer list of its kind is marked as gone; schools of other kinds do not change.
    Importing the same file twice changes nothing.
    """
    report = ImportReport()
    for duo in files:
        report += _import_one(session, duo, now)
    return report


def _import_one(session: Session, duo: DuoFile, now: datetime) -> ImportReport:
    rows = session.execute(
        select(Contact.duo_code, Contact.id, Contact.source, Contact.digest, Contact.gone_at).where(
            Contact.duo_code.is_not(None)
        )
    ).all()
    listed = [Listed((school.duo_code,), _columns(school), school.numbers) for school in duo.schools]
    codes = {school.duo_code for school in duo.schools}
    numbers = stored_numbers(session, [row.id for row in rows if row.duo_code in codes])
    stored: dict[Key, Stored] = {
        (row.duo_code,): Stored(row.id, row.source, row.digest, row.gone_at is not None, numbers.get(row.id, {}))
        for row in rows
        if row.duo_code is not None
    }
    of_this_kind = {key: record for key, record in stored.items() if record.source == duo.kind}
    gone = [record for (code,), record in of_this_kind.items() if code not in codes and not record.gone]
    changes = apply_list(session, listed, stored, gone, duo.kind, now)
    return changes + ImportReport(refused=duo.refused_numbers)


def _columns(school: SchoolRow) -> dict[str, str | None]:
    columns = {name: value or None for name, value in asdict(school).items() if name not in {"line", "numbers"}}
    return {**columns, "kind": "school"}
