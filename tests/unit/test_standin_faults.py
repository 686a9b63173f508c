"""Injected faults disturb webhooks as Twilio and networks do."""

from typing import Any

import pytest

from callcenter.standin.faults import FaultRule, Faults
from callcenter.standin.twilio.webhooks import overrides
from tests.support.toy_product import ANN, BASE, LINE, SCHOOL, Product, a_client, an_office, twiml

STATUS = "/webhooks/voice/status"


def lived(*faults: FaultRule, voice: Any = None, **pages: Any) -> Product:
    product = Product({"/webhooks/voice": voice or twiml("<Say>Hallo</Say>"), **pages})
    product.pages["/webhooks/voice/fallback"] = twiml("<Say>Er gaat iets mis</Say>")
    office = an_office(product, faults=faults)
    office.caller(SCHOOL).dials(LINE)
    office.settle()
    product.office = office  # type: ignore[attr-defined]
    return product


def test_a_duplicate_comes_with_the_same_token() -> None:
    product = lived(FaultRule("duplicate", kind="voice", seconds=2))
    tokens = [headers["HTTP_I_TWILIO_IDEMPOTENCY_TOKEN"] for path, _, headers in product.seen if path[-5:] == "voice"]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


def test_different_requests_have_different_tokens() -> None:
    tokens = [headers["HTTP_I_TWILIO_IDEMPOTENCY_TOKEN"] for _, _, headers in lived().seen]
    assert len(set(tokens)) == len(tokens) == 2


def test_a_dropped_event_never_comes() -> None:
    assert lived(FaultRule("drop", path=STATUS)).paths() == ["/webhooks/voice"]


def test_a_dropped_document_is_a_timeout_and_goes_to_the_fallback() -> None:
    product = lived(FaultRule("drop", kind="voice"))
    assert product.paths()[0] == "/webhooks/voice/fallback"
    assert product.asked("/webhooks/voice/fallback")[0]["ErrorCode"] == "11205"


def test_a_late_event_comes_late_and_a_document_too_late_is_answered_in_vain() -> None:
    product = lived(FaultRule("delay", path=STATUS, seconds=30))
    assert product.asked(STATUS)
    product = lived(FaultRule("delay", kind="voice", seconds=20))
    assert product.paths() == ["/webhooks/voice/fallback", STATUS, "/webhooks/voice"]


def test_a_wrong_signature_is_refused_and_counts_as_a_failure() -> None:
    product = lived(FaultRule("wrong_signature", kind="voice"))
    assert product.forged == 1
    assert product.asked("/webhooks/voice/fallback")[0]["ErrorCode"] == "11200"


@pytest.mark.parametrize("reaches", [True, False])
def test_an_error_on_the_way_may_or_may_not_have_reached_the_product(reaches: bool) -> None:
    product = lived(FaultRule("error", kind="voice", status=502, reaches=reaches))
    assert bool(product.asked("/webhooks/voice")) == reaches
    assert product.asked("/webhooks/voice/fallback")


def test_reordered_events_come_in_another_order() -> None:
    product = Product({"/screen": twiml("<Pause length='3'/>")})
    office = an_office(product, faults=[FaultRule("reorder", kind="leg-status", seconds=20)], seed=4)
    office.phone(ANN).answers_after(2)
    for _ in range(3):
        a_client(office).calls.create(
            to=ANN, from_=LINE, url=f"{BASE}/screen", status_callback=f"{BASE}/leg",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )  # fmt: skip
        office.settle()
    numbers = [int(params["SequenceNumber"]) for params in product.asked("/leg")]
    assert sorted(numbers) == sorted([0, 1, 2, 3] * 3)
    assert numbers != [0, 1, 2, 3] * 3


def test_a_rule_draws_by_its_probability_and_seed() -> None:
    def draw(seed: int) -> list[bool]:
        faults = Faults([FaultRule("drop", kind="status", probability=0.3)], seed)
        return [bool(faults.webhook("status", "/x")) for _ in range(200)]

    assert draw(1) == draw(1) != draw(2)
    assert 30 < sum(draw(1)) < 90
    assert not Faults([FaultRule("drop", kind="status")]).webhook("voice", "/x")
    assert not Faults([FaultRule("drop", path="/a/*")]).webhook("voice", "/b/c")


def test_an_address_with_overrides_is_tried_again_with_the_same_token() -> None:
    answers = iter([(500, "", ""), (200, "text/xml", twiml("<Say>Toch</Say>"))])
    product = Product({"/webhooks/voice": lambda _: next(answers)})
    office = an_office(product)
    office.platform.lines[LINE].voice_url += "#rc=2&rp=5xx"
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    tokens = [headers["HTTP_I_TWILIO_IDEMPOTENCY_TOKEN"] for path, _, headers in product.seen if path[-5:] == "voice"]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
    assert caller.said() == "Toch"


def test_overrides_are_read_from_the_fragment() -> None:
    asked = overrides("https://a.example/x#rc=2&rt=3000&ct=1000&rp=4xx,5xx", 15)
    assert (asked.tries, asked.timeout_s, asked.retry_on) == (3, 3.0, frozenset({"4xx", "5xx"}))
    assert not overrides("https://a.example/x#rp=sometimes", 15).is_valid
    assert overrides("https://a.example/x", 15).tries == 2
