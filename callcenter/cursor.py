"""Cursors of lists: an opaque text for a position, so that pages stay right while rows are added.

A position is the sort values of the last row on a page. Pages and API pass the text on without reading it.
"""

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from callcenter.errors import InvalidInput

Kind = type[datetime] | type[int] | type[str]


def cursor_of(*position: datetime | int | str) -> str:
    """The text for a position. An instant is written in ISO 8601 with its offset from UTC."""
    values = [value.isoformat() if isinstance(value, datetime) else value for value in position]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def position_of(cursor: str, *kinds: Kind) -> tuple[Any, ...]:
    """The values of these kinds from which `cursor_of` made the text.

    Raises InvalidInput naming `cursor` for any other text.
    """
    values = _decoded(cursor)
    if kinds == (datetime, int):
        values = _from_older_form(cursor if values is None else values)
    if not isinstance(values, list) or len(values) != len(kinds):
        raise _invalid()
    return tuple(_value(value, kind) for value, kind in zip(values, kinds, strict=True))


def _decoded(cursor: str) -> Any:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None


def _from_older_form(values: Any) -> Any:
    """The older form is the text `instant~id`, plain or as the only value of a list. It is no longer made."""
    text = values[0] if isinstance(values, list) and len(values) == 1 else values
    if not isinstance(text, str):
        return values
    instant, _, number = text.partition("~")
    try:
        return [instant, int(number)]
    except ValueError:
        return None


def _value(value: Any, kind: Kind) -> Any:
    if kind is not datetime:
        if type(value) is not kind:
            raise _invalid()
        return value
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _invalid() from None
    if instant.tzinfo is None:
        raise _invalid()
    return instant


def _invalid() -> InvalidInput:
    return InvalidInput("cursor", "is not one that this list gave")
