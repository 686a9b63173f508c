"""Reads what a visitor typed or an address says, as values that the database and the calendar can hold."""

from datetime import date, datetime

from flask import abort, request

from callcenter.errors import InvalidInput
from callcenter.plaintext import REFUSAL, all_plain
from callcenter.web.locale import _

# Years that a page can show: the weeks and days beside them exist too, in every time zone.
FIRST_YEAR, LAST_YEAR = 1970, 2199
# The greatest value of the databases' integer columns has one digit more.
_MOST_DIGITS = 9
MOST_ID = 10**_MOST_DIGITS - 1


def refuse_odd_characters() -> None:
    """Raise InvalidInput when an address's query or a form holds a control character or one that cannot be stored, and
    BadRequest for a query that cannot be read."""
    if not request.query_string.isascii():  # bytes that should have been percent-encoded
        abort(400)
    for values in (request.args, request.form):
        for name, texts in values.lists():
            if not all_plain((name, *texts)):
                raise InvalidInput("text", REFUSAL)


def whole_number(text: str, most: int) -> int | None:
    """The number from 1 to `most` that these digits are; None for any other text."""
    if not text.isascii() or not text.isdecimal() or len(text) > _MOST_DIGITS:
        return None
    number = int(text)
    return number if 1 <= number <= most else None


def below(end: int, text: str) -> int | None:
    """The number from 0 to before `end`, at most 100, that these digits are; None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) < end else None


def typed_number(field: str, most: int) -> int | None:
    """The number from 1 to `most` in a field of the form, None when it is empty. Raises InvalidInput."""
    text = request.form.get(field, "").strip()
    number = whole_number(text, most)
    if text and number is None:
        raise InvalidInput(field, _("this is not a number that can be used here"))
    return number


def typed_ids(field: str) -> list[int]:
    """The ids in a field that the form may hold several times. What cannot be an id is ignored."""
    found = (whole_number(text, MOST_ID) for text in request.form.getlist(field))
    return [number for number in found if number is not None]


def day_of(text: str) -> date | None:
    """The day of `2027-06-08`, or the day in ISO's other spellings; None for any other text and for a day that no page
    can show."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if in_reach(day) else None


def in_reach(day: date | datetime) -> bool:
    """Whether a page can show this day, and the days around it."""
    return FIRST_YEAR <= day.year <= LAST_YEAR
