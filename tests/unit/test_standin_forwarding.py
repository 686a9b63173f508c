"""Forwarded and diverted calls reach a line with the numbers that carriers report."""

import pytest

from callcenter.standin.people.scripts import WITHHELD, CallerScript, ForwardedForm, ShownAs
from callcenter.standin.stand_in import StandIn
from tests.support.toy_product import ANN, BASE, LINE, SCHOOL, Product, a_client, an_office, twiml

LINE_2 = "+31858880002"


def rung(office: StandIn, mobile: str = ANN, from_: str = LINE) -> None:
    a_client(office).calls.create(to=mobile, from_=from_, url=f"{BASE}/s", timeout=30)


@pytest.mark.parametrize(
    ("shown_as", "from_"), [("caller", LINE), ("mobile", ANN), ("withheld", WITHHELD), ("nothing", "")]
)
@pytest.mark.parametrize(("form", "told"), [("e164", ANN), ("national", "0600000001"), ("absent", None)])
def test_a_leg_of_ours_comes_back_as_the_carrier_tells_of_it(
    shown_as: ShownAs, from_: str, form: ForwardedForm, told: str | None
) -> None:
    product = Product({"/webhooks/voice": twiml("<Reject/>")})
    office = an_office(product)
    office.phone(ANN).forwards_to(LINE, after=3, form=form, shown_as=shown_as)
    rung(office)
    office.settle()

    (asked,) = product.asked("/webhooks/voice")
    assert (asked["From"], asked.get("ForwardedFrom")) == (from_, told)
    assert {call.direction: call.status for call in office.calls} == {"outbound-api": "busy", "inbound": "no-answer"}


def test_a_leg_of_one_line_may_come_back_on_another() -> None:
    product = Product({"/webhooks/voice": twiml("<Reject/>")})
    office = an_office(product)
    office.line(LINE_2)
    office.phone(ANN).forwards_to(LINE_2, after=3, form="absent")
    rung(office)
    office.settle()

    (asked,) = product.asked("/webhooks/voice")
    assert (asked["From"], asked["To"]) == (LINE, LINE_2)


@pytest.mark.parametrize(("shown_as", "from_"), [("caller", SCHOOL), ("mobile", ANN), ("nothing", "")])
def test_a_school_that_rings_a_mobile_which_rings_for_us_is_sent_on(shown_as: ShownAs, from_: str) -> None:
    product = Product({"/webhooks/voice": twiml("<Say>Goedemorgen</Say>")})
    office = an_office(product)
    office.phone(ANN).sends_on_when_busy(LINE, shown_as=shown_as)
    rung(office)
    school = office.dials_mobile(CallerScript(SCHOOL), ANN, after=5)
    office.run_for(7)

    (asked,) = product.asked("/webhooks/voice")
    assert (asked["From"], asked["ForwardedFrom"], asked["To"]) == (from_, ANN, LINE)
    assert school.said() == "Goedemorgen"


def test_a_school_that_rings_a_free_mobile_or_one_that_sends_nothing_on_is_no_call_of_ours() -> None:
    product = Product({"/webhooks/voice": twiml("<Say>Goedemorgen</Say>")})
    office = an_office(product)
    office.phone(ANN).sends_on_when_busy(LINE)
    free = office.dials_mobile(CallerScript(SCHOOL), ANN)
    office.run_for(5)
    rung(office, "+31600000009")
    engaged = office.dials_mobile(CallerScript(SCHOOL), "+31600000009", after=5)
    office.run_for(10)

    assert free.calls == engaged.calls == []
    assert product.asked("/webhooks/voice") == []
