"""A number is found in every spelling; other numbers and identifiers are not changed."""

from itertools import zip_longest

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callcenter.errors import InvalidInput
from callcenter.privacy.spelling import REDACTED, spelling_of

SPELLING = spelling_of("030 - 234 56 78")
MOBILE = spelling_of("0655512345")

# Everything that people, Word, spreadsheets, addresses, HTML and JSON put between two digits.
SEPARATORS = [
    *" -./()_,*'~:;|·•+\\\n\t",
    *("\u00a0", "\u2009", "\u202f", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u3000"),  # spaces, also without width
    *("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\u30fc", "\uff0d"),  # dashes
    *("\r\n", " – ", "%20", "%2D", "%E2%80%91", "&nbsp;", "&#8209;", "&#x2011;", "\\u2011", "\\n", "\ufe0f\u20e3"),
]
PREFIXES = [
    *("0", "", "+31", "0031", "00 31", "31", "+31 (0)", "+31 0", "+310", "0031(0)", "01131", "%2B31", "(0)", "＋31"),
]
BEFORE = st.sampled_from(["", "tel", "mobiel", " ", "x", "é", "12, "])
AFTER = st.sampled_from(["", "x", ".", " 4"])
# A digit may be written in any script, and small or in a circle.
DIGITS = st.sampled_from(["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "⁰¹²³⁴⁵⁶⁷⁸⁹", "⓪①②③④⑤⑥⑦⑧⑨"])


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
    [
        "06 – 55 51 23 45",
        "06\u201155512345",
        "tel0655512345",
        "mobiel06 55512345",
        "0655512345x",
        "a0655512345b",
        "O655512345",  # a letter for the zero
        "06_555_12345",
        "06*55512345",
        "06,555,123,45",
        "06\u200b55512345",
        "０６５５５１２３４５",
        "06-555\r\n12345",
        "655512345",
        "655512345.0",
        "3,1655512345E+10",
        "6,55512345E+08",
        "0655512345²",  # a footnote
        "12, 0655512345",
        "0655512345, 46",
        "100%0655512345",
        "\\u0030\\u0036\\u0035\\u0035\\u0035\\u0031\\u0032\\u0033\\u0034\\u0035",
        "%30655512345",
    ],
)
def test_what_word_spreadsheets_and_hasty_people_write_is_found(text: str) -> None:
    assert "55512345" in MOBILE.redacted("55512345")
    assert MOBILE.is_in(text)
    assert not MOBILE.is_in(MOBILE.redacted(text))


@given(
    prefix=st.sampled_from(PREFIXES),
    digits=DIGITS,
    between=st.lists(st.lists(st.sampled_from(SEPARATORS), max_size=2).map("".join), max_size=9),
    around=st.tuples(BEFORE, AFTER),
)
@example("", "0123456789", [], ("", ""))
def test_whatever_stands_between_its_digits_the_number_is_found(
    prefix: str, digits: str, between: list[str], around: tuple[str, str]
) -> None:
    core = [digits[int(digit)] for digit in MOBILE.core]
    written = "".join(digit + separator for digit, separator in zip_longest(core, between[:8], fillvalue=""))
    text = around[0] + prefix + written + around[1]
    assert MOBILE.is_in(text)
    redacted = MOBILE.redacted(text)
    assert not MOBILE.is_in(redacted)
    assert redacted.startswith(around[0])
    assert redacted.endswith(around[1])


@given(number=st.integers(0, 10**10 - 1), text=st.sampled_from(["{}", "tel {}", "06{}", "+31{}"]))
@example(655512346, "{}")
def test_another_number_is_not_changed(number: int, text: str) -> None:
    written = text.format(f"{number:09}")
    if MOBILE.core not in written:
        assert MOBILE.redacted(written) == written


@pytest.mark.parametrize(
    "text",
    [
        *("+31302345679", "0612345678", "CA0302345678ab", "a1302345678f", "10302345678", "03023456789", "2027-06-08"),
        *("", "30 234 56 7", "30 234 56 x 78", "12345302345678901234", "1302345678", "302345678०"),
    ],
)
def test_other_numbers_and_identifiers_are_left_alone(text: str) -> None:
    assert not SPELLING.is_in(text)
    assert SPELLING.redacted(text) == text


def test_each_of_several_is_blotted_out_and_the_rest_stays() -> None:
    assert SPELLING.redacted("030-2345678 of tel0302345678; 030 234 56 79") == "… of tel…; 030 234 56 79"


def test_json_is_searched_to_the_bottom() -> None:
    value = {"a": [{"to": "+31302345678", "n": 1}], "030-2345678": None, "b": [31302345678, True]}
    assert SPELLING.redacted(value) == {"a": [{"to": REDACTED, "n": 1}], REDACTED: None, "b": [REDACTED, True]}


def test_a_number_of_another_country_is_found_too() -> None:
    belgian = spelling_of("+32 470 12 34 56")
    for text in ("0470/12.34.56", "0032470123456", "+32 (0)470 12 34 56", "gsm470123456"):
        assert belgian.is_in(text)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        spelling_of("twaalf")
    assert refused.value.field == "number"
