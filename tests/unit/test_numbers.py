"""Are numbers read as people and carriers write them, and are the wrong ones never dialled?"""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.numbers import WITHHELD, caller_number, display, parse, parse_all, why_not_dialled

OFFICE = "+31858880000"
ALLOWED = ("NL", "BE", "DE")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0302345678", "+31302345678"),
        ("030 - 234 56 78", "+31302345678"),
        ("(0412) 224160", "+31412224160"),
        ("06 – 10007855", "+31610007855"),
        ("+31 (0)30 2345678", "+31302345678"),
        ("0031302345678", "+31302345678"),
        ("+32 2 555 12 12", "+3225551212"),
    ],
)
def test_a_number_is_read_as_people_write_it(written: str, meant: str) -> None:
    assert parse(written) == meant


@pytest.mark.parametrize("written", ["", " ", "112", "0324099448", "0579415137", "0564454180", "0812514344", "n.v.t."])
def test_what_is_no_telephone_number_gives_none(written: str) -> None:
    # The four long ones stand in DUO's lists: ten digits, but no area has them.
    assert parse(written) is None


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("0413283000 (menukeuze 1)", ["+31413283000"]),
        ("0412-224160 / 224150", ["+31412224160", "+31412224150"]),
        ("0547-284141 of 0548-378383", ["+31547284141", "+31548378383"]),
        ("0302345678, 030-2345678", ["+31302345678"]),
        ("geen", []),
        ("", []),
    ],
)
def test_a_cell_may_hold_several_numbers(cell: str, meant: list[str]) -> None:
    assert parse_all(cell) == meant


@pytest.mark.parametrize(
    "from_",
    [*sorted(WITHHELD), "Anonymous", "Restricted", "ANONYMOUS", "", None, "client:front-desk", "sip:a@b.example"],
)
def test_a_withheld_number_is_nobodys_number(from_: str | None) -> None:
    assert caller_number(from_) is None


def test_a_caller_is_known_by_the_number_twilio_gives() -> None:
    assert caller_number("+31786392000") == "+31786392000"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+31302345678", None),
        ("+31610007855", None),
        ("+3225551212", None),
        (None, "withheld"),
        ("", "withheld"),
        (OFFICE, "own"),
        ("+999123", "invalid"),
        ("+31112", "invalid"),
        ("+12125550123", "country"),
        ("+442079460123", "country"),
        ("+5994163270", "country"),  # Bonaire: Dutch, and at the price of another continent
        ("+881612345678", "satellite"),
        ("+31909123456", "premium"),
        ("+31900123456", "premium"),
        ("+3114030", "premium"),  # a municipality's short number
    ],
)
def test_the_office_dials_only_what_it_may(number: str | None, reason: str | None) -> None:
    assert why_not_dialled(number, ALLOWED, own={OFFICE}) == reason


@given(st.integers(min_value=0, max_value=10**15), st.sampled_from(["+", "+31", "+316", "+3190", "+88", "+1", "0", ""]))
def test_no_number_of_digits_is_dialled_that_is_foreign_or_dear(digits: int, prefix: str) -> None:
    number = f"{prefix}{digits}"
    if why_not_dialled(number, ALLOWED) is None:
        parsed = phonenumbers.parse(number, None)
        assert phonenumbers.region_code_for_number(parsed) in ALLOWED
        assert phonenumbers.number_type(parsed) not in (
            phonenumbers.PhoneNumberType.PREMIUM_RATE,
            phonenumbers.PhoneNumberType.SHARED_COST,
        )


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error_and_to_e164(text: str) -> None:
    for number in [*parse_all(text), *filter(None, [parse(text)])]:
        assert parse(number) == number


def test_numbers_are_shown_as_dutch_readers_write_them() -> None:
    assert display("+31302345678") == "030 234 5678"
    assert display("+31610007855") == "06 10007855"
    assert display("+3225551212") == "+32 2 555 12 12"
    assert display("not a number") == "not a number"
