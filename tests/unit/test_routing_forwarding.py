"""An inbound call is classified by the numbers that the carrier reports."""

from itertools import product

import pytest

from callcenter.routing.forwarding import WhoseCall, whose_call

AIS, BRA, STRANGER, SCHOOL, LINE = "+31620000001", "+31620000002", "+31101234567", "+31786140001", "+31858880000"
MOBILES = {AIS: "AIS", BRA: "BRA"}


def judged(number: str | None, forwarded_from: str | None, *ringing: str) -> WhoseCall:
    return whose_call(number, forwarded_from, from_a_line=number == LINE, mobiles=MOBILES, ringing=ringing)


@pytest.mark.parametrize(
    ("number", "forwarded_from", "ringing"),
    [
        *((LINE, sent_on, ringing) for sent_on in (None, AIS, STRANGER) for ringing in ((), (AIS,))),
        *((AIS, sent_on, (AIS,)) for sent_on in (None, AIS, BRA, STRANGER)),
        (None, AIS, (AIS,)),
        (None, AIS, (AIS, BRA)),
    ],
)
def test_our_own_leg_that_came_back_is_no_call(
    number: str | None, forwarded_from: str | None, ringing: tuple[str, ...]
) -> None:
    assert judged(number, forwarded_from, *ringing) == WhoseCall(number, own_leg=True)


@pytest.mark.parametrize(
    ("number", "forwarded_from", "ringing", "expected"),
    [
        # A caller.
        (SCHOOL, None, (), WhoseCall(SCHOOL)),
        (SCHOOL, None, (AIS, BRA), WhoseCall(SCHOOL)),
        (SCHOOL, STRANGER, (AIS,), WhoseCall(SCHOOL)),
        (SCHOOL, LINE, (), WhoseCall(SCHOOL)),
        # A caller who withholds the number is never rejected.
        (None, None, (), WhoseCall()),
        (None, None, (AIS, BRA), WhoseCall()),
        (None, STRANGER, (AIS,), WhoseCall()),
        # Forwarded by a mobile in any state.
        (SCHOOL, AIS, (), WhoseCall(SCHOOL, rescued_for="AIS")),
        (SCHOOL, AIS, (AIS,), WhoseCall(SCHOOL, rescued_for="AIS")),
        (SCHOOL, AIS, (BRA,), WhoseCall(SCHOOL, rescued_for="AIS")),
        (None, AIS, (), WhoseCall(None, rescued_for="AIS")),
        (None, AIS, (BRA,), WhoseCall(None, rescued_for="AIS")),
        # The carrier shows the mobile's number in place of the caller's.
        (AIS, AIS, (), WhoseCall(None, rescued_for="AIS")),
        (AIS, AIS, (BRA,), WhoseCall(None, rescued_for="AIS")),
        # A consultant rings the line.
        (AIS, None, (), WhoseCall(AIS, staff="AIS")),
        (AIS, None, (BRA,), WhoseCall(AIS, staff="AIS")),
        (AIS, STRANGER, (), WhoseCall(AIS, staff="AIS")),
        (AIS, BRA, (), WhoseCall(AIS, rescued_for="BRA", staff="AIS")),
        (AIS, BRA, (BRA,), WhoseCall(AIS, rescued_for="BRA", staff="AIS")),
    ],
)
def test_everybody_else_is_put_through(
    number: str | None, forwarded_from: str | None, ringing: tuple[str, ...], expected: WhoseCall
) -> None:
    assert judged(number, forwarded_from, *ringing) == expected


def test_no_number_that_is_neither_a_line_nor_a_mobile_is_ever_taken_for_our_own_leg() -> None:
    for number, sent_on, ringing in product(
        (SCHOOL, STRANGER), (None, AIS, BRA, STRANGER, LINE), ((), (AIS,), (BRA,), (AIS, BRA))
    ):
        assert not judged(number, sent_on, *ringing).own_leg
