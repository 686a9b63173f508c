"""Which values the variable parts of an address may have. An address with any other value does not exist: 404."""

from flask import Flask
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter, ValidationError

from callcenter.plaintext import odd_character

# The greatest value of the databases' integer columns, and so of an id.
MAX_ID = 2**31 - 1
# The longest text in an address of ours is the secret of a calendar: 43 characters.
_LONGEST_TEXT = 100


class NumberConverter(IntegerConverter):
    """A number of a few digits. Python refuses to read one of thousands."""

    regex = r"[0-9]{1,9}"


class IdConverter(IntegerConverter):
    """A number that can be an id."""

    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=MAX_ID)


class TextConverter(UnicodeConverter):
    """A text without control characters, of an ordinary length."""

    def to_python(self, value: str) -> str:
        if len(value) > _LONGEST_TEXT or odd_character(value) is not None:
            raise ValidationError
        return value


def add_converters(app: Flask) -> None:
    """Let the app's addresses use `<id:…>`, and check every text in them. Call it before blueprints are registered."""
    app.url_map.converters |= {
        "id": IdConverter,
        "int": NumberConverter,
        "default": TextConverter,
        "string": TextConverter,
    }
