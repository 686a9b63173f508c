"""Reads and imports the office's own list of contacts: partners, youth care, parents, police."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.directory.duo import school_numbers
from callcenter.directory.list_file import Row, Table, read_table
from callcenter.directory.records import Contact
from callcenter.directory.report import FileRefused, ImportReport, Refusal
from callcenter.directory.sync import Listed, Stored, apply_list, stored_numbers

SOURCE = "contacts"

_COLUMNS = {
    "name": ("NAME", "NAAM"),
    "group": ("GROUP", "GROEP"),
    "numbers": ("NUMBERS", "NUMMERS", "NUMBER", "NUMMER"),
    "preferred": ("PREFERRED", "VOORKEUR"),
}
_OPTIONAL = frozenset({"preferred"})
_GROUPS = {
    "school": "school",
    "scholen": "school",
    "partner": "partner",
    "partners": "partner",
    "ketenpartner": "partner",
    "parent": "parent",
    "parents": "parent",
    "ouder": "parent",
    "ouders": "parent",
    "youth": "youth",
    "jeugd": "youth",
    "jeugdige": "youth",
    "jongere": "youth",
    "jongeren": "youth",
}
_LONGEST_NAME = 200
_LONGEST_CODE = 16


@dataclass(frozen=True, slots=True)
class ContactsFile:
    """The contacts of a file, and its numbers that are not valid."""

    contacts: tuple[Listed, ...]
    refused_numbers: tuple[Refusal, ...]


def read_contacts(file: str, content: bytes) -> ContactsFile:
    """The contacts in a CSV `name;group;numbers;preferred` (Dutch headers and groups too).

    A contact without a valid number is imported without numbers and reported. Raises FileRefused, with every fault,
    when a column is missing or unknown, a name is blank or occurs twice in its group, or a group is unknown.
    """
    table = read_table(file, content)
    columns = _find_columns(file, table)
    faults: list[Refusal] = []
    refused: list[Refusal] = []
    seen: dict[tuple[str, ...], int] = {}
    contacts: list[Listed] = []
    for row in table.rows:
        contact = _contact(row, columns)
        reasons = _faults(row, columns, contact, seen)
        faults += [Refusal(file, row.line, reason) for reason in reasons]
        seen.setdefault(contact.key, row.line)
        contacts.append(contact)
        cell = row.cells[columns["numbers"]]
        if cell and not contact.numbers:
            refused.append(Refusal(file, row.line, f"{contact.columns['name']}: {cell!r} holds no valid number"))
    if faults:
        raise FileRefused(faults)
    return ContactsFile(tuple(contacts), tuple(refused))


def import_contacts(session: Session, contacts: ContactsFile, now: datetime) -> ImportReport:
    """Update the directory to match a contacts file. The caller commits.

    Contacts are matched by group and name. A contact that is not in the file is marked as gone only when the file has
    others of its group: a list of partners does not remove parents.
    """
    groups = {listed.columns["kind"] for listed in contacts.contacts}
    rows = session.execute(
        select(Contact.kind, Contact.name, Contact.id, Contact.digest, Contact.gone_at).where(Contact.source == SOURCE)
    ).all()
    numbers = stored_numbers(session, [row.id for row in rows])
    stored = {
        _key(row.kind, row.name): Stored(row.id, SOURCE, row.digest, row.gone_at is not None, numbers[row.id])
        for row in rows
    }
    keys = {listed.key for listed in contacts.contacts}
    gone = [record for key, record in stored.items() if key not in keys and key[0] in groups and not record.gone]
    changes = apply_list(session, contacts.contacts, stored, gone, SOURCE, now)
    return changes + ImportReport(refused=contacts.refused_numbers)


def _find_columns(file: str, table: Table) -> dict[str, str]:
    found = {name: header for name, spellings in _COLUMNS.items() for header in table.header if header in spellings}
    faults = [f"column {name} is missing" for name in _COLUMNS if name not in found and name not in _OPTIONAL]
    faults += [f"column {header!r} is not known" for header in table.header if header not in found.values()]
    if faults:
        raise FileRefused([Refusal(file, 1, fault) for fault in faults])
    return found


def _key(group: str, name: str) -> tuple[str, ...]:
    return group, " ".join(name.casefold().split())


def _contact(row: Row, columns: dict[str, str]) -> Listed:
    name, written = " ".join(row.cells[columns["name"]].split()), row.cells[columns["group"]].casefold()
    group = _GROUPS.get(written, written)
    numbers = school_numbers(row.cells[columns["numbers"]])
    preferred = row.cells[columns["preferred"]].upper() if "preferred" in columns else ""
    digested = "\x1f".join((name, group, preferred, *numbers))
    fields = {
        "name": name,
        "kind": group,
        "preferred": preferred or None,
        "digest": hashlib.blake2b(digested.encode(), digest_size=16).hexdigest(),
    }
    return Listed(_key(group, name), fields, numbers)


def _faults(row: Row, columns: dict[str, str], contact: Listed, seen: dict[tuple[str, ...], int]) -> list[str]:
    faults: list[str] = []
    group = contact.columns["kind"]
    if not contact.columns["name"]:
        faults.append("name is blank")
    elif contact.key in seen:
        faults.append(f"{contact.columns['name']} occurs already on line {seen[contact.key]}")
    if group not in _GROUPS.values():
        faults.append(f"group {row.cells[columns['group']]!r} is not school, partner, parent or youth")
    if len(contact.columns["name"]) > _LONGEST_NAME:
        faults.append(f"name has more than {_LONGEST_NAME} characters")
    if len(contact.columns["preferred"] or "") > _LONGEST_CODE:
        faults.append(f"preferred has more than {_LONGEST_CODE} characters")
    return faults
