"""A cursor decodes to its position, also in its older form, and any other text is refused."""

import base64
import json
from datetime import UTC, datetime

import pytest

from callcenter.cursor import cursor_of, position_of
from callcenter.errors import InvalidInput

AT = datetime(2027, 6, 8, 12, 30, 0, 250000, tzinfo=UTC)


def _encoded(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def test_a_cursor_leads_back_to_its_position() -> None:
    assert position_of(cursor_of(AT, 17), datetime, int) == (AT, 17)
    assert position_of(cursor_of("00AA00"), str) == ("00AA00",)


def test_a_cursor_is_written_as_before() -> None:
    assert cursor_of(AT, 17) == _encoded("2027-06-08T12:30:00.250000+00:00", 17)
    assert cursor_of("00AA00") == _encoded("00AA00")


@pytest.mark.parametrize(
    "older", ["2027-06-08T12:30:00.250000+00:00~17", _encoded("2027-06-08T12:30:00.250000+00:00~17")]
)
def test_a_cursor_of_an_older_form_is_still_accepted(older: str) -> None:
    assert position_of(older, datetime, int) == (AT, 17)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2027-06-08T12:30:00~17",
        "2027-06-08T12:30:00+00:00~",
        "2027-06-08T12:30:00+00:00~x",
        _encoded(),
        _encoded("2027-06-08T12:30:00", 17),
        _encoded("2027-06-08T12:30:00+00:00", "17"),
        _encoded("2027-06-08T12:30:00+00:00", True),
        _encoded("2027-06-08T12:30:00+00:00", 17, 1),
        _encoded("today", 17),
        _encoded(None, 17),
        _encoded(17),
        "[" * 2000,
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        position_of(text, datetime, int)
    assert refused.value.field == "cursor"


def test_a_code_is_read_as_it_is() -> None:
    assert position_of(_encoded("a~1"), str) == ("a~1",)
    with pytest.raises(InvalidInput):
        position_of("a~1", str)
