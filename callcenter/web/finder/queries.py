"""Which calls and open callbacks are meant by typed words? Each look-up goes through an index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.calls.call import Call
from callcenter.directory.queries import holds
from callcenter.directory.records import Contact
from callcenter.web.finder.typed_words import TypedWords

# Words that fit more callers than this are too vague to say whose calls are meant.
MOST_CALLERS = 50

Calls = Sequence[Row[*tuple[Any, ...]]]


def calls_of(session: Session, typed: TypedWords, most: int) -> Calls:
    """At most so many calls, newest first: the one with this number in our lists, else those from this telephone
    number, or from callers with this name."""
    if typed.number_range is not None:
        return _of_number(session, typed.number_range, most)
    found = list(session.execute(_calls(1).where(Call.id == typed.call_id))) if typed.call_id is not None else []
    return found or _of_name(session, typed.words, most)


def open_callbacks_of(session: Session, typed: TypedWords, most: int, owner: str | None = None) -> Sequence[Callback]:
    """At most so many callbacks that are not closed, earliest due first. owner: only this consultant's."""
    statement = select(Callback).where(UNCLOSED, _for(typed)).order_by(Callback.due_at, Callback.id).limit(most)
    if owner is not None:
        statement = statement.where(Callback.owner == owner)
    return session.scalars(statement).all()


def _of_number(session: Session, number_range: tuple[str, str], most: int) -> Calls:
    """Calls from a number, and calls whose caller keyed it in, which their callback knows."""
    keyed = select(Callback.id).where(_within(Callback.number, number_range))
    shown = session.execute(_calls(most).where(_within(Call.from_number, number_range))).all()
    others = session.execute(_calls(most).where(Call.callback_id.in_(keyed), Call.from_number.is_(None))).all()
    return sorted((*shown, *others), key=lambda call: (call.received_at, call.id), reverse=True)[:most]


def _of_name(session: Session, words: Sequence[str], most: int) -> Calls:
    if not words:
        return []
    named = select(Contact.id).where(*(holds(word) for word in words)).limit(MOST_CALLERS + 1)
    callers = session.scalars(named).all()
    if not callers or len(callers) > MOST_CALLERS:
        return []
    return session.execute(_calls(most).where(Call.contact_id.in_(callers))).all()


def _calls(most: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Call.id,
            Call.received_at,
            Call.from_number,
            Call.keyed_number,
            Call.caller_name,
            Call.caller_place,
            Call.state,
            Call.outcome,
        )
        .order_by(Call.received_at.desc(), Call.id.desc())
        .limit(most)
    )


def _for(typed: TypedWords) -> ColumnElement[bool]:
    if typed.number_range is not None:
        return _within(Callback.number, typed.number_range)
    return and_(
        *(
            or_(
                Callback.caller_name.icontains(word, autoescape=True),
                Callback.caller_place.icontains(word, autoescape=True),
            )
            for word in typed.words
        )
    )


def _within(column: InstrumentedAttribute[str | None], number_range: tuple[str, str]) -> ColumnElement[bool]:
    first, end = number_range
    return and_(column >= first, column < end)
