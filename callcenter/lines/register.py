"""Adds, lists and removes lines and blocked numbers."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from callcenter.errors import InvalidInput, NotFound
from callcenter.lines.records import BlockedNumber, Line
from callcenter.numbers import parse
from callcenter.plaintext import plain

# The columns' widths.
LONGEST_NAME, _LONGEST_REASON = 100, 200


def add(session: Session, number: str, name: str, now: datetime) -> Line:
    """Add a line, rename it, or take it into use again. Raises InvalidInput."""
    e164, name = _number(number), _text("name", name, LONGEST_NAME)
    line = session.scalar(select(Line).where(Line.number == e164))
    if line is None:
        line = Line(number=e164, name=name, created_at=now)
        session.add(line)
    line.name, line.ended_at = name, None
    session.flush()
    return line


def add_when_none(session: Session, numbers: Iterable[str], now: datetime) -> None:
    """Add these lines, from the settings, when no line is stored yet."""
    if session.scalar(select(Line.id).limit(1)) is None:
        for number in numbers:
            add(session, number, "RBL", now)


def own_numbers(session: Session) -> frozenset[str]:
    """The lines' numbers (E.164). They are never called back, because that would ring the office itself."""
    return frozenset(session.scalars(select(Line.number)))


def all_lines(session: Session) -> Sequence[Line]:
    """Every line, oldest first, also those that are no longer in use: their figures stay."""
    return session.scalars(select(Line).order_by(Line.id)).all()


def lines_in_use(session: Session) -> Sequence[Line]:
    """The lines that take calls, oldest first. Callbacks that were added by hand are called from the first one."""
    return session.scalars(select(Line).where(Line.ended_at.is_(None)).order_by(Line.id)).all()


def block_number(session: Session, number: str, reason: str, days: int | None, by: str, now: datetime) -> BlockedNumber:
    """Block a number for some days; None: until it is unblocked. Raises InvalidInput."""
    row = BlockedNumber(
        number=_number(number),
        reason=_text("reason", reason, _LONGEST_REASON),
        until=now + timedelta(days=days) if days else None,
        created_at=now,
        created_by=by[:LONGEST_NAME],
    )
    return session.merge(row)


def unblock_number(session: Session, number: str) -> None:
    """Remove a number's block. Raises NotFound, InvalidInput."""
    removed = session.execute(
        delete(BlockedNumber).where(BlockedNumber.number == _number(number)).returning(BlockedNumber.number)
    )
    if removed.first() is None:
        raise NotFound("this number is not blocked")


def valid_number(text: str) -> str:
    """A typed number in E.164. Raises InvalidInput on `number`."""
    return _number(text)


def _text(field: str, text: str, most: int) -> str:
    given = plain(field, text.strip())
    if len(given) > most:
        raise InvalidInput(field, "at most %(most)s characters", most=most)
    return given


def _number(text: str) -> str:
    e164 = parse(text)
    if e164 is None:
        raise InvalidInput("number", "this is not a telephone number: write it as 085 888 0000 or +31858880000")
    return e164
