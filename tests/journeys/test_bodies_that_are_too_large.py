"""The app bounds bodies by itself too, where no server in front does it: in the demo and in tests."""

import pytest

from tests.support.town import MakeTown

KIB, MIB = 1024, 1024 * 1024
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("POST", "/webhooks/voice", 64 * KIB),
        ("POST", "/webhooks/sms", 64 * KIB),
        ("POST", "/inloggen", 64 * KIB),
        ("POST", "/rooster/versies", 4 * MIB + 64 * KIB),
    ],
)
def test_a_body_is_refused_before_it_is_parsed(a_small_town: MakeTown, method: str, path: str, most: int) -> None:
    client = a_small_town().lived.app.test_client()
    signature = {"X-Twilio-Signature": "forged"}
    fits = client.open(path, method=method, data=b"a" * most, content_type=FORM, headers=signature)
    assert fits.status_code in (302, 400, 403)
    too_large = client.open(path, method=method, data=b"a" * (most + 1), content_type=FORM, headers=signature)
    assert too_large.status_code == 413
