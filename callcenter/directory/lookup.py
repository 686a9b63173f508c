"""Identifies a caller by telephone number, with one statement on the path of every incoming call."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.directory.records import Contact, ContactNumber

UNKNOWN = "unknown"
# Of the groups that share a number, the first in this order counts.
_PRECEDENCE = ("school", "partner", "youth", "parent")

# The columns of a contact, in the order of KnownContact's fields.
CONTACT_COLUMNS = (
    Contact.id,
    Contact.kind,
    Contact.duo_code,
    Contact.brin,
    Contact.name,
    Contact.place,
    Contact.municipality_code,
    Contact.municipality,
    Contact.rmc_region_code,
    Contact.rmc_region,
    Contact.preferred,
)
# Built once, because every call uses it. It needs the index on (number, contact_id).
_BY_NUMBER = (
    select(*CONTACT_COLUMNS)
    .join(ContactNumber, ContactNumber.contact_id == Contact.id)
    .where(ContactNumber.number == bindparam("number"), Contact.gone_at.is_(None))
    .order_by(Contact.id)
)


@dataclass(frozen=True, slots=True)
class KnownContact:
    """One contact with a number. preferred: a consultant's code from a contacts file.

    A school's preferred consultant comes from the rota instead (`Rota.preferred_consultant`).
    """

    id: int
    group: str
    duo_code: str | None
    brin: str | None
    name: str
    place: str | None
    municipality_code: str | None
    municipality: str | None
    rmc_region_code: str | None
    rmc_region: str | None
    preferred: str | None


@dataclass(frozen=True)
class CallerIdentity:
    """The contacts who may be calling: none, one, or several that share the number.

    contacts: those of the caller's group only.
    """

    number: str | None
    group: str
    contacts: tuple[KnownContact, ...]

    @property
    def one_of(self) -> bool:
        """Whether several contacts share the number, so that it does not identify one."""
        return len(self.contacts) > 1

    @property
    def contact(self) -> KnownContact | None:
        """The contact, when the number identifies one."""
        return self.contacts[0] if len(self.contacts) == 1 else None

    @property
    def school(self) -> KnownContact | None:
        """The school, when the number identifies one."""
        return self.contact if self.group == "school" else None

    @cached_property
    def areas(self) -> frozenset[str]:
        """Names and codes of the municipalities and RMC regions of all contacts, in lower case (casefold).

        They are compared with a consultant's regions.
        """
        named = (
            area
            for contact in self.contacts
            for area in (
                contact.municipality,
                contact.municipality_code,
                contact.rmc_region,
                contact.rmc_region_code,
            )
        )
        return frozenset(area.casefold() for area in named if area)

    @property
    def place(self) -> str | None:
        """The place of all contacts; None when they differ or it is unknown."""
        return _only({contact.place for contact in self.contacts})

    @property
    def municipality(self) -> str | None:
        """The municipality of all contacts; None when they differ or it is unknown."""
        return _only({contact.municipality for contact in self.contacts})

    @property
    def preferred(self) -> str | None:
        """The preferred consultant of all contacts; None when they differ or have none."""
        return _only({contact.preferred for contact in self.contacts})


def who_calls(session: Session, number: str | None) -> CallerIdentity:
    """The identity behind an E.164 number, by one SQL statement; none for a withheld number (None).

    Contacts that are gone are not recognised, because their numbers may belong to somebody else by now.
    """
    rows = session.connection().execute(_BY_NUMBER, {"number": number}).all() if number else []
    return identify(number, [KnownContact(*row) for row in rows])


def identify(number: str | None, contacts: Sequence[KnownContact]) -> CallerIdentity:
    """The identity of a number that these contacts, sorted by ID, have in common."""
    group = next((group for group in _PRECEDENCE if any(c.group == group for c in contacts)), UNKNOWN)
    return CallerIdentity(number, group, tuple(c for c in contacts if c.group == group))


def _only(values: set[str | None]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None
