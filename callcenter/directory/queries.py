"""Finds schools for the API and the pages, and adds numbers to them by hand."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from callcenter.directory.records import Contact, ContactNumber
from callcenter.directory.sync import TAUGHT
from callcenter.errors import InvalidInput, NotFound
from callcenter.numbers import beginning, parse


@dataclass(frozen=True, slots=True)
class School:
    """A school as pages and API show it.

    id: DUO's code; numbers: E.164; taught: those of them that a person added; gone_at: the UTC instant of the import of
    a DUO list without the school.
    """

    contact_id: int
    id: str
    name: str
    place: str
    municipality: str
    municipality_code: str
    rmc_region: str
    rmc_region_code: str
    brin: str
    numbers: tuple[str, ...]
    taught: tuple[str, ...]
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class SchoolPage:
    """Schools by name. next: continues the list; None at its end."""

    items: tuple[School, ...]
    next: str | None


def search(session: Session, q: str = "", limit: int = 50, after: str | None = None) -> SchoolPage:
    """The schools that are not gone and match `q`: a telephone number, its beginning, or words.

    Each word must occur in the name, place or municipality, or start the code. limit: schools on one page; after: the
    `next` of the page before.
    """
    statement = (
        select(Contact)
        .options(selectinload(Contact.numbers))
        .where(*_match(q))
        .order_by(Contact.name, Contact.duo_code)
        .limit(limit + 1)
    )
    if after:
        name = select(Contact.name).where(Contact.duo_code == after).scalar_subquery()
        statement = statement.where(tuple_(Contact.name, Contact.duo_code) > tuple_(name, after))
    found = session.scalars(statement).all()
    items = tuple(_school(contact) for contact in found[:limit])
    return SchoolPage(items, items[-1].id if len(found) > limit else None)


def count(session: Session, q: str = "") -> int:
    """How many schools `search` finds, on all pages together."""
    return session.scalars(select(func.count()).select_from(Contact).where(*_match(q))).one()


def school(session: Session, duo_code: str) -> School:
    """The school with this code, gone or not. Raises NotFound."""
    return _school(_contact(session, duo_code))


def teach(session: Session, duo_code: str, number: str) -> School:
    """Add a number to a school; no import removes it. The caller commits.

    Raises NotFound when there is no such school, InvalidInput when the text is not a valid number.
    """
    contact = _contact(session, duo_code)
    valid = parse(number)
    if valid is None:
        raise InvalidInput("number", "this is not a valid telephone number")
    present = next((known for known in contact.numbers if known.number == valid), None)
    if present is None:
        contact.numbers.append(ContactNumber(number=valid, source=TAUGHT))
    else:
        # A person confirmed it, so it stays when the list drops it.
        present.source = TAUGHT
    session.flush()
    return _school(contact)


def _contact(session: Session, duo_code: str) -> Contact:
    found = session.scalar(
        select(Contact).options(selectinload(Contact.numbers)).where(Contact.duo_code == duo_code.strip().upper())
    )
    if found is None:
        raise NotFound(f"there is no school with code {duo_code!r}")
    return found


def _match(q: str) -> list[ColumnElement[bool]]:
    """The conditions of `search`."""
    there = [Contact.duo_code.is_not(None), Contact.gone_at.is_(None)]
    number = parse(q) if any(character.isdigit() for character in q) else None
    begins = None if number else beginning(q)
    known: ColumnElement[bool] | None = None
    if number:
        known = ContactNumber.number == number
    elif begins:
        known = and_(ContactNumber.number >= begins[0], ContactNumber.number < begins[1])
    if known is not None:
        return [*there, Contact.id.in_(select(ContactNumber.contact_id).where(known))]
    return [*there, *(holds(word) for word in q.split())]


def holds(word: str) -> ColumnElement[bool]:
    """Contacts with a word in the name, place or municipality, or with a code that it begins."""
    return or_(
        Contact.name.icontains(word, autoescape=True),
        Contact.place.icontains(word, autoescape=True),
        Contact.municipality.icontains(word, autoescape=True),
        Contact.duo_code.istartswith(word, autoescape=True),
    )


def _school(contact: Contact) -> School:
    numbers = sorted(contact.numbers, key=lambda known: known.id)
    return School(
        contact_id=contact.id,
        id=contact.duo_code or "",
        name=contact.name,
        place=contact.place or "",
        municipality=contact.municipality or "",
        municipality_code=contact.municipality_code or "",
        rmc_region=contact.rmc_region or "",
        rmc_region_code=contact.rmc_region_code or "",
        brin=contact.brin or "",
        numbers=tuple(known.number for known in numbers),
        taught=tuple(known.number for known in numbers if known.source == TAUGHT),
        gone_at=contact.gone_at,
    )
