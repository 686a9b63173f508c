"""What is wrong with a file that is no TOML, in Dutch: the messages of Python's tomllib, which are English."""

import re

# The beginning of a message, without its place, and what it means to somebody who wrote a policy.
_MESSAGES = (
    ("Expected '=' after a key", "er staat geen = na de sleutel"),
    ("Expected ']", "het haakje ] achter de naam van dit blok ontbreekt"),
    ("Expected newline", "er staat nog iets achter de waarde"),
    ("Expected", "er ontbreekt een teken"),
    ("Unterminated string", "het aanhalingsteken wordt niet gesloten"),
    ("Unescaped", "een \\ in een tekst schrijf je als \\\\"),
    ("Escaped character", "na de \\ staat een teken dat niet bestaat"),
    ("Illegal character", "hier staat een teken dat niet mag"),
    ("Found invalid character", "hier staat een teken dat niet mag"),
    ("Unclosed array", "het haakje ] van de lijst ontbreekt"),
    ("Unclosed inline table", "de accolade } ontbreekt"),
    ("Cannot", "dit blok of deze sleutel staat er twee keer"),
    ("Duplicate inline table key", "deze sleutel staat er twee keer"),
    ("Invalid statement", "de regel begint niet met een sleutel of een [blok]"),
    ("Invalid initial character for a key", "een sleutel begint met een letter, een cijfer of een aanhalingsteken"),
    ("Invalid date or datetime", "dit is geen datum"),
    ("Invalid hex value", "dit is geen teken: na \\u horen cijfers"),
    ("Invalid value", "de waarde ontbreekt, of is geen getal, lijst of tekst tussen aanhalingstekens"),
)
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def in_dutch(message: str) -> str:
    """A message of tomllib in Dutch, with its place; a message of a later Python as it is.

    >>> in_dutch("Unterminated string (at line 3, column 9)")
    'het aanhalingsteken wordt niet gesloten, regel 3, teken 9'
    """
    said = next((dutch for english, dutch in _MESSAGES if message.startswith(english)), None)
    place = _PLACE.search(message)
    if said is None or place is None:
        return message
    return f"{said}, regel {place[1]}, teken {place[2]}" if place[1] else f"{said}, aan het einde van het bestand"
