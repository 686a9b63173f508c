"""Whose mobile takes no text messages any more, since it answered STOP? Until it says START, or changes."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from callcenter.notify.records import TextStop
from callcenter.storage.base import table_of
from callcenter.storage.statements import PreparedUpsert, ignore_existing

# Twilio's code: the receiver has unsubscribed.
UNSUBSCRIBED = "21610"

_ADD = PreparedUpsert(
    table_of(TextStop),
    ("consultant", "mobile", "line_number", "since"),
    lambda insert: ignore_existing(insert).returning(TextStop.consultant),
)


def note_stopped(session: Session, consultant: str, mobile: str, line_number: str, now: datetime) -> bool:
    """This consultant's mobile refused a text of a line. Returns False when that was known of this mobile already; of
    several at once one hears True."""
    row = {"consultant": consultant, "mobile": mobile, "line_number": line_number, "since": now}
    if _ADD(session.connection(), row):
        return True
    changed = (
        update(TextStop)
        .where(TextStop.consultant == consultant, TextStop.mobile != mobile)
        .values(mobile=mobile, line_number=line_number, since=now)
        .returning(TextStop.consultant)
    )
    return bool(session.execute(changed).all())


def note_started(session: Session, consultant: str, line_number: str | None) -> None:
    """This consultant takes a line's texts again: said START to it, or a text went out, so START was said whoever heard
    it. The next STOP is told anew. Twilio keeps a STOP for each of our numbers."""
    session.execute(delete(TextStop).where(TextStop.consultant == consultant, TextStop.line_number == line_number))


def stopped_line(session: Session, consultant: str, mobile: str) -> str | None:
    """The line to which this mobile has to say START; None when it takes texts."""
    return session.scalar(
        select(TextStop.line_number).where(TextStop.consultant == consultant, TextStop.mobile == mobile)
    )


def stopped(session: Session, mobiles: Mapping[str, str]) -> list[str]:
    """The consultants whose present mobile takes no texts. mobiles: by consultant, as the rota has them."""
    rows = session.execute(select(TextStop.consultant, TextStop.mobile).order_by(TextStop.consultant))
    return [consultant for consultant, mobile in rows if mobiles.get(consultant) == mobile]
