"""Which schools do we know? Imports of DUO lists, as a difference with what is stored."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.directory.duo import DuoFile, SchoolRow
from callcenter.directory.records import Contact
from callcenter.directory.report import ImportReport
from callcenter.directory.sync import Key, Known, Listed, apply_list, known_numbers


def import_schools(session: Session, files: Sequence[DuoFile], now: datetime) -> ImportReport:
    """Take files over one after the other, oldest first; the report is their sum. The session is not committed.

    A school missing from a newer list of the same kind is marked gone; a list says nothing about schools of another
    kind. Importing a file again changes nothing.
    """
    report = ImportReport()
    for duo in files:
        report += _import_one(session, duo, now)
    return report


def _import_one(session: Session, duo: DuoFile, now: datetime) -> ImportReport:
    stored = session.execute(
        select(Contact.duo_code, Contact.id, Contact.source, Contact.digest, Contact.gone_at).where(
            Contact.duo_code.is_not(None)
        )
    ).all()
    listed = [Listed((school.duo_code,), _columns(school), school.numbers) for school in duo.schools]
    codes = {school.duo_code for school in duo.schools}
    numbers = known_numbers(session, [row.id for row in stored if row.duo_code in codes])
    known: dict[Key, Known] = {
        (row.duo_code,): Known(row.id, row.source, row.digest, row.gone_at is not None, numbers.get(row.id, {}))
        for row in stored
        if row.duo_code is not None
    }
    of_this_kind = {key: record for key, record in known.items() if record.source == duo.kind}
    gone = [record for (code,), record in of_this_kind.items() if code not in codes and not record.gone]
    changes = apply_list(session, listed, known, gone, duo.kind, now)
    return changes + ImportReport(refused=duo.refused_numbers)


def _columns(school: SchoolRow) -> dict[str, str | None]:
    told = {name: value or None for name, value in asdict(school).items() if name not in {"line", "numbers"}}
    return {**told, "kind": "school"}
