"""Records which mobiles answered STOP to a text message, until they answer START or the rota has another mobile."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from callcenter.notify.records import TextStop
from callcenter.storage.base import ignore_existing, table_of
from callcenter.storage.statements import prepared_upsert

# Twilio's error code for a recipient that answered STOP (docs/twilio.md).
UNSUBSCRIBED = "21610"

_ADD = prepared_upsert(
    table_of(TextStop),
    ("consultant", "mobile", "line_number", "since"),
    lambda insert: ignore_existing(insert).returning(TextStop.consultant),
)


def note_stopped(session: Session, consultant: str, mobile: str, line_number: str, now: datetime) -> bool:
    """Store that Twilio refused a line's text to this mobile because of a STOP. Returns False when that was stored
    before; of several transactions at once, one gets True."""
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
    """Delete the stored STOP: the consultant answered START to this line, or Twilio accepted a text, which implies it.

    The next STOP is reported again. Twilio stores a STOP for each of our numbers separately.
    """
    session.execute(delete(TextStop).where(TextStop.consultant == consultant, TextStop.line_number == line_number))


def stopped_line(session: Session, consultant: str, mobile: str) -> str | None:
    """The number of the line to which this mobile must answer START; None when it gets texts."""
    return session.scalar(
        select(TextStop.line_number).where(TextStop.consultant == consultant, TextStop.mobile == mobile)
    )


def consultants_stopped(session: Session, mobiles: Mapping[str, str]) -> list[str]:
    """The consultants whose present mobile gets no texts. mobiles: by consultant, from the rota."""
    rows = session.execute(select(TextStop.consultant, TextStop.mobile).order_by(TextStop.consultant))
    return [consultant for consultant, mobile in rows if mobiles.get(consultant) == mobile]
