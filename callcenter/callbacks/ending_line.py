"""Takes a line out of use, unless somebody still waits for it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.calls.call import Call
from callcenter.errors import InvalidInput, NotFound
from callcenter.lines.records import Line
from callcenter.lines.register import lines_in_use
from callcenter.numbers import parse


def end_line(session: Session, number: str, now: datetime) -> Line:
    """Take a line out of use: calls to it are answered with "not in use". Its calls, callbacks and figures stay.

    Raises NotFound when no line in use has the number; InvalidInput for the last line, and while a call or a callback
    of it is open.
    """
    line = line_in_use(session, number)
    if len(lines_in_use(session)) == 1:
        last = "this is the last line, and Twilio still sends its calls here: add the new one first"
        raise InvalidInput("number", last)
    if session.scalar(select(Call.id).where(Call.line_id == line.id, Call.ended_at.is_(None)).limit(1)) is not None:
        raise InvalidInput("number", "somebody is on this line at this moment: try again when the call is over")
    waiting = session.scalar(select(func.count()).where(Callback.line_id == line.id, UNCLOSED))
    if waiting:
        raise InvalidInput("number", f"callbacks of this line are still open ({waiting}): close them first")
    line.ended_at = now
    return line


def line_in_use(session: Session, number: str) -> Line:
    """The line of a number, written as people do. Raises NotFound."""
    e164 = parse(number)
    found = next((line for line in lines_in_use(session) if line.number == e164), None)
    if found is None:
        raise NotFound(f"there is no line with the number {number}")
    return found
