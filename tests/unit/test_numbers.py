"""Telephone numbers are parsed as people and carriers write them, and forbidden ones are never dialled."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.numbers import WITHHELD, caller_number, display, parse, parse_all, why_not_dialled, why_not_promised

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
    # The four long ones are in DUO's lists: ten digits, but no area code matches.
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
    [
        *sorted(WITHHELD),
        *sorted(word.removeprefix("+") for word in WITHHELD),  # some exchanges drop the plus
        *sorted(word.replace("+", " ") for word in WITHHELD),  # and form encoding turns it into a space
        *(word.title() for word in ("anonymous", "restricted", "unknown", "unavailable", "private", "blocked")),
        *(word.upper() for word in ("anonymous", "restricted", "unknown", "unavailable", "private", "blocked")),
        "266 69 66 87",
        "+",
        " ",
        "",
        None,
        "anonymous@anonymous.invalid",
        "sip:anonymous@anonymous.invalid",
        "sip:266696687@10.20.30.40",
        "sip:Unknown@unknown.invalid",
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
    ],
)
def test_a_withheld_number_is_nobodys_number(from_: str | None) -> None:
    assert caller_number(from_) is None


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("+31786392000", "+31786392000"),
        ("31786392000", "+31786392000"),
        (" 31786392000", "+31786392000"),
        ("0612345678", "+31612345678"),
        ("+31 (0)6 12345678", "+31612345678"),
        ("0266696687", "+31266696687"),  # ANONYMOUS on the keys; a number in Arnhem when written as one
        ("+31266696687", "+31266696687"),
        ("sip:+31612345678@host.example", "+31612345678"),
        ("SIP:+31612345678@host.example:5060;transport=tls", "+31612345678"),
        ("sip:0612345678@10.20.30.40;user=phone", "+31612345678"),
        ("sip:%2B31612345678@host.example", "+31612345678"),
        ("sip:+31612345678;npdi;rn=+31880000000@host.example", "+31612345678"),
        ("sip:+31612345678:secret@host.example", "+31612345678"),
        ("sip:+31612345678", "+31612345678"),
        ('"Obs De Wegwijzer" <sip:+31612345678@host.example>;tag=8a', "+31612345678"),
        ("<sips:+31612345678@host.example>", "+31612345678"),
        ("+31612345678@host.example", "+31612345678"),
        ("tel:+31-6-12345678", "+31612345678"),
        ("tel:0612345678;phone-context=+31", "+31612345678"),
    ],
)
def test_a_caller_is_known_by_the_number_in_the_address_that_twilio_gives(address: str, number: str) -> None:
    assert caller_number(address) == number


@pytest.mark.parametrize(
    "address",
    [
        "sip:anonymous@31.201.234.567",
        "sip:31.201.234.567",
        "sip:0302345678",  # only a host, no user
        "sip:reception@0302345678.example",
        "sip:bureau0302345678@host.example",
        '"0302345678" <sip:anonymous@host.example>',
        "sip:a@b.example",
        "sip:201@10.20.30.40",  # an extension of a private exchange
        "sip:",
        "client:front-desk",
        "client:0302345678",
        "<>",
        '"',
    ],
)
def test_digits_that_are_not_the_callers_are_nobodys_number(address: str) -> None:
    assert caller_number(address) is None


@given(st.text(max_size=40))
def test_any_address_is_read_without_an_error(text: str) -> None:
    for address in (text, f"sip:{text}", f"sip:{text}@host.example", f'"{text}" <sip:+31612345678@host.example>'):
        number = caller_number(address)
        assert number is None or parse(number) == number


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
        ("+5994163270", "country"),  # Bonaire: Dutch, but at an intercontinental price
        ("+881612345678", "satellite"),
        ("+31909123456", "premium"),
        ("+31900123456", "premium"),
        ("+31858880001", None),
        ("+31880009600", None),  # a company number at the ordinary price: many schools have one
        ("+31911234567", None),  # as 085
        ("+3197012345678", None),  # priced as a mobile: machine-to-machine numbers
        ("+4932123456789", None),
        ("+3114030", "own_telephone"),  # a municipality's number: 14 and the area code, from within the country only
        ("+31140512", "own_telephone"),
        ("+31841234567", "own_telephone"),  # personal assistant numbers: their price is uncertain
        ("+31878701234", "own_telephone"),
        ("+318001234", "own_telephone"),  # freephone, within the country
        ("+4980012345678", "country"),  # also freephone, only from within that country
        ("+498001234567890", "country"),
        ("+3280012345", "country"),
        ("+3278123456", "invalid"),
        ("+3278102345", "country"),
        ("+4918500123456", "country"),
        ("+31661234567", "premium"),  # a pager: no speech
        ("+4918012345678", "premium"),  # shared cost
        ("+3290012345", "premium"),
        ("+319061234", "premium"),
        ("+319008844", "premium"),
        ("+31116000", "invalid"),
        ("+311888", "invalid"),
        ("+80012345678", "satellite"),  # international freephone, without a country
        ("+441212345678", "country"),
    ],
)
def test_the_office_dials_only_what_it_may(number: str | None, reason: str | None) -> None:
    assert why_not_dialled(number, ALLOWED, own={OFFICE}) == reason
    # Numbers that a colleague can dial by hand may be promised a callback; others may not.
    assert why_not_promised(number, ALLOWED, own={OFFICE}) == (None if reason == "own_telephone" else reason)


def test_a_personal_number_is_as_dear_as_its_owner_likes() -> None:
    assert why_not_dialled("+447012345678", ("GB",)) == "premium"


@pytest.mark.parametrize("written", ["088 123 4567", "0881234567", "+31 88 123 45 67", "14030", "14 030", "14 0512"])
def test_company_and_municipal_numbers_are_read(written: str) -> None:
    assert parse(written) is not None


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
