"""Who gets the month report by mail: adds and removes addresses, and says what became of the last mail to each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.errors import InvalidInput
from callcenter.plaintext import plain
from callcenter.reports.records import ReportRecipient
from callcenter.telephony.records import OutboxMessage

# An office has a few managers. More is a mistake, or a mailing list.
MOST = 20
_LONGEST = 200
# One address alone. The quotes, commas and brackets that mail allows could make two of one.
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(frozen=True, slots=True)
class Sent:
    """The last mail to a recipient. state: as in the outbox; None: none is known."""

    recipient: ReportRecipient
    state: str | None


def mail_address(text: str) -> str:
    """The address in lower case. Raises InvalidInput on `address` when it is not one mail address."""
    address = plain("address", text.strip()).lower()
    local = address.partition("@")[0]
    if len(address) > _LONGEST or not _ADDRESS.fullmatch(address) or ".." in local or local.endswith("."):
        raise InvalidInput("address", "this is not an e-mail address")
    return address


def add(session: Session, address: str, by: str, now: datetime) -> ReportRecipient:
    """Add a recipient; one that is there already stays. Raises InvalidInput on `address`. The caller commits."""
    wanted = mail_address(address)
    found = session.scalar(select(ReportRecipient).where(ReportRecipient.address == wanted))
    if found is not None:
        return found
    if (session.scalar(select(func.count(ReportRecipient.id))) or 0) >= MOST:
        raise InvalidInput("address", "there are too many recipients: remove one first")
    made = ReportRecipient(address=wanted, created_at=now, created_by=by)
    session.add(made)
    session.flush()
    return made


def remove(session: Session, recipient_id: int) -> bool:
    """Remove a recipient. False when there is none. The caller commits."""
    found = session.get(ReportRecipient, recipient_id)
    if found is not None:
        session.delete(found)
    return found is not None


def address_of(session: Session, recipient_id: int) -> str | None:
    """The address of a recipient, or None when there is none."""
    found = session.get(ReportRecipient, recipient_id)
    return found.address if found is not None else None


def recipients(session: Session) -> Sequence[ReportRecipient]:
    """All recipients, by address."""
    return session.scalars(select(ReportRecipient).order_by(ReportRecipient.address)).all()


def last_sent(session: Session, month: date) -> list[Sent]:
    """The recipients, each with what became of the mail of this month."""
    found = recipients(session)
    keys = {order_key(month, one.address): one for one in found}
    rows = session.execute(
        select(OutboxMessage.dedupe_key, OutboxMessage.state).where(OutboxMessage.dedupe_key.in_(keys))
    )
    states = {row.dedupe_key: row.state for row in rows}
    return [Sent(one, states.get(key)) for key, one in keys.items()]


def order_key(month: date, address: str) -> str:
    """The dedupe key of the mail of a month to an address. It does not show the address."""
    return f"report:{month:%Y-%m}:{sha256(address.encode()).hexdigest()[:32]}"
