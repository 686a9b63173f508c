"""The calls that belong to a telephone number."""

from sqlalchemy import ColumnElement, or_

from callcenter.calls.call import Call


def belongs_to(e164: str) -> ColumnElement[bool]:
    """Whether a call came from this number, was forwarded from it, or its caller keyed it."""
    return or_(Call.from_number == e164, Call.keyed_number == e164, Call.forwarded_from == e164)
