"""The stand-in signs webhooks as Twilio does."""

import pytest

from callcenter.standin.twilio.signing import signature

FIRST = (
    "https://callcenter.example.nl/webhooks/voice?line=1",
    {
        "CallSid": "CA00000000000000000000000000000001",
        "From": "+31302345678",
        "To": "+31858880000",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "CallerName": "",
        "City": "'s-Hertogenbosch",
    },
    "jS06vk7aBOBMeBfXq/BLVnIg/UI=",
)
SECOND = (
    "https://callcenter.example.nl:8443/webhooks/voice/status",
    {"Digits": "1", "a": "b", "A": "B", "CallStatus": "completed", "Speech": "ja + nee & %2B"},
    "lifGU2zCw+Nj7mVGRkYuFPdWRAs=",
)


@pytest.mark.parametrize(("address", "params", "expected"), [FIRST, SECOND])
def test_known_requests_get_their_known_signature(address: str, params: dict[str, str], expected: str) -> None:
    assert signature("12345", address, params) == expected


def test_the_fragment_of_an_address_is_not_signed() -> None:
    address, params, expected = FIRST
    assert signature("12345", address + "#rc=2&rp=5xx", params) == expected


def test_equal_values_of_a_repeated_parameter_count_once() -> None:
    once = signature("12345", "https://a.example/x", [("E", "1"), ("E", "2")])
    assert signature("12345", "https://a.example/x", [("E", "2"), ("E", "1"), ("E", "2")]) == once


def test_the_official_library_accepts_what_we_sign() -> None:
    from twilio.request_validator import RequestValidator

    address, params, _ = SECOND
    assert RequestValidator("12345").validate(address, params, signature("12345", address, params))
