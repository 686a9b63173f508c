"""A number is found in every spelling; other numbers and identifiers are not changed."""

import pytest

from callcenter.errors import InvalidInput
from callcenter.privacy.spelling import REDACTED, spelling_of

SPELLING = spelling_of("030 - 234 56 78")


@pytest.mark.parametrize(
    "text",
    [
        "+31302345678",
        "0031302345678",
        "31302345678",
        "0302345678",
        "030-2345678",
        "(030) 234 56 78",
        "+31 (0)30 234.56.78",
        "bel 030 234 56 78 na vieren",
        "From=%2B31302345678&To=x",
        '{"number": "+31302345678"}',
        "tel:030/2345678,",
    ],
)
def test_every_spelling_is_found_and_blotted_out(text: str) -> None:
    assert SPELLING.is_in(text)
    blotted = SPELLING.redacted(text)
    assert "345678" not in blotted.replace(" ", "")
    assert REDACTED in blotted


@pytest.mark.parametrize(
    "text",
    ["+31302345679", "0612345678", "CA0302345678ab", "a1302345678f", "10302345678", "03023456789", "2027-06-08", ""],
)
def test_other_numbers_and_identifiers_are_left_alone(text: str) -> None:
    assert not SPELLING.is_in(text)
    assert SPELLING.redacted(text) == text


def test_json_is_searched_to_the_bottom() -> None:
    value = {"a": [{"to": "+31302345678", "n": 1}], "030-2345678": None}
    assert SPELLING.redacted(value) == {"a": [{"to": REDACTED, "n": 1}], REDACTED: None}


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        spelling_of("twaalf")
    assert refused.value.field == "number"
