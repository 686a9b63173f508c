"""Where does the next page of a list begin? Cursors that stay right while rows are added."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from callcenter.errors import InvalidInput


def cursor_of(*position: int | str) -> str:
    """An opaque text for a position in a list: the sort values of the last row given."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def position_of(cursor: str, *kinds: type[int] | type[str]) -> Sequence[Any]:
    """The position in a cursor that `cursor_of` made of values of these kinds. Raises InvalidInput for any other."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        position = None
    if (
        not isinstance(position, list)
        or len(position) != len(kinds)
        or any(type(value) is not kind for value, kind in zip(position, kinds, strict=True))
    ):
        raise InvalidInput("cursor", "is not a cursor that this list gave")
    return position
