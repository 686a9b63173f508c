"""What typed words can mean: a telephone number, its beginning, the number of a call, or a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.numbers import beginning, display
from callcenter.web.finder.typed_words import LONGEST, fits, folded, typed_words


@pytest.mark.parametrize(
    ("typed", "first", "outside"),
    [
        ("078 613", "+31786130001", "+31786140001"),
        ("+32 2 5556", "+3225556000", "+3225557000"),
        ("0032 2 5556", "+3225556000", "+3225557000"),
        ("078 699", "+31786990001", "+31787000001"),
        ("0999 999", "+319999990", "+32"),
    ],
)
def test_a_beginning_of_a_number_means_all_numbers_that_begin_so(typed: str, first: str, outside: str) -> None:
    found = beginning(typed)
    assert found is not None
    assert found[0] <= first < found[1] <= outside


@pytest.mark.parametrize(
    "typed", ["", "06", "07861", "786130", "obs 078613", "05WE00", "٠٧٨٦١٣٠", "+0612345", "-", "999999"]
)
def test_other_text_is_no_beginning_of_a_number(typed: str) -> None:
    assert beginning(typed) is None


@given(st.from_regex(r"\+31[1-9]\d{8}", fullmatch=True), st.integers(7, 12))
def test_every_beginning_holds_its_number(number: str, length: int) -> None:
    for typed in (number[:length], f"0{number[3:length]}"):
        found = beginning(typed)
        assert found is None or found[0] <= number < found[1]


@given(st.text(max_size=300))
def test_any_text_can_be_typed(text: str) -> None:
    typed = typed_words(text)
    assert len(typed.text) <= LONGEST
    assert typed.call_id is None or typed.call_id >= 0
    assert fits(typed.words, text) in (True, False)


def test_a_whole_number_means_itself_alone() -> None:
    typed = typed_words(display("+31786130001"))
    assert typed.number == "+31786130001"
    assert typed.number_range == ("+31786130001", "+317861300010")


def test_a_short_number_is_that_of_a_call() -> None:
    assert typed_words("#890").call_id == typed_words(" 890 ").call_id == 890
    assert typed_words("1234567890").call_id is None


@pytest.mark.parametrize("typed", ["aisha", "AÏSHA sid", "sid", "ais"])
def test_names_fit_whatever_their_accents_and_capitals(typed: str) -> None:
    assert fits(typed_words(typed).words, "Aïsha Siddiqi", "AIS")
    assert not fits(typed_words(typed).words, "Bram Visser", "BRA")


def test_no_words_fit_nothing() -> None:
    assert not fits((), "Aïsha")
    assert folded("Özdemir") == "ozdemir"
