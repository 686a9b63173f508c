"""Tables: contacts (schools, partners, …) and their telephone numbers."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from callcenter.storage.base import Base


class Contact(Base):
    """One known caller. A school is one DUO establishment, matched by its code."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # school, partner, parent, youth
    source: Mapped[str] = mapped_column(String(32))  # duo_primary, duo_secondary, duo_special, contacts, …
    duo_code: Mapped[str | None] = mapped_column(String(8), unique=True)
    brin: Mapped[str | None] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str | None] = mapped_column(String(100))
    municipality_code: Mapped[str | None] = mapped_column(String(8))
    municipality: Mapped[str | None] = mapped_column(String(100))
    rmc_region_code: Mapped[str | None] = mapped_column(String(8))
    rmc_region: Mapped[str | None] = mapped_column(String(100))
    vacation_region: Mapped[str | None] = mapped_column(String(16))
    board: Mapped[str | None] = mapped_column(String(16))
    preferred: Mapped[str | None] = mapped_column(String(16))  # a consultant's code, from a contacts file
    digest: Mapped[str | None] = mapped_column(String(32))  # of the file's whole row
    gone_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    numbers: Mapped[list["ContactNumber"]] = relationship(back_populates="contact", cascade="all, delete-orphan")


class ContactNumber(Base):
    """One number of a contact. Several contacts may share a number."""

    __tablename__ = "contact_number"
    __table_args__ = (UniqueConstraint("number", "contact_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    number: Mapped[str] = mapped_column(String(20))  # E.164
    source: Mapped[str] = mapped_column(String(16))  # the file's kind, or "taught"

    contact: Mapped[Contact] = relationship(back_populates="numbers")
