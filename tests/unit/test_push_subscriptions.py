"""Which subscriptions of browsers are taken: public https addresses and real keys, nothing that leads to ourselves."""

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from callcenter.cli import cli
from callcenter.errors import InvalidInput
from callcenter.notify.push.keys import decoded, encoded, make_private_key, public_key_of
from callcenter.notify.push.subscription import check_subscription, is_callable, is_public
from callcenter.notify.wording import without_link
from callcenter.settings import Settings
from callcenter.web.mine.device_names import device_name

P256DH = public_key_of(make_private_key())
AUTH = encoded(bytes(16))


@pytest.mark.parametrize(
    ("endpoint", "fine"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://93.184.216.34/abc", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("ftp://fcm.googleapis.com/", False),
        ("//fcm.googleapis.com/abc", False),
        ("https://localhost/abc", False),
        ("https://database/abc", False),
        ("https://127.0.0.1/abc", False),
        ("https://10.0.0.7/abc", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://[::1]/abc", False),
        ("https://[::ffff:10.0.0.7]/abc", False),
        ("https://[fd00::7]/abc", False),
        ("https://user:pass@push.example.com/abc", False),
        ("https://push.example.com:99999/abc", False),
        ("https://push.example.com/a b", False),
        ("https://push.example.com/\r\nHost: other", False),
        ("https://push.example.com/" + 1000 * "a", False),
        ("https:///abc", False),
        ("", False),
    ],
)
def test_an_address_is_https_and_not_of_our_own_network(endpoint: str, fine: bool) -> None:
    assert is_callable(endpoint) is fine


@pytest.mark.parametrize("address", ["0.0.0.0", "100.64.0.1", "192.168.1.1", "224.0.0.1", "fe80::1%eth0", "::"])
def test_addresses_that_are_not_of_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", AUTH), ("AAAA", AUTH), (encoded(b"\x04" + bytes(64)), AUTH), (P256DH, ""), (P256DH, "AAAA"), ("?", "?")],
    ids=["no key", "a short key", "no point of the curve", "no secret", "a short secret", "no code"],  # keys are random
)
def test_keys_that_no_browser_made_are_refused(p256dh: str, auth: str) -> None:
    check_subscription("https://push.example.com/abc", P256DH, AUTH)
    with pytest.raises(InvalidInput):
        check_subscription("https://push.example.com/abc", p256dh, auth)


def test_keys_are_written_without_padding_and_read_with_it_too() -> None:
    assert len(make_private_key()) == 43
    assert decoded(encoded(b"ab") + "==") == b"ab"
    with pytest.raises(ValueError, match="base64url"):
        decoded("a+b/")


def test_the_command_prints_a_key_that_the_settings_take(monkeypatch: pytest.MonkeyPatch) -> None:
    said = CliRunner().invoke(cli, ["push", "keys"])
    name, _, key = said.stdout.strip().partition("=")
    assert (name, len(key)) == ("CALLCENTER_PUSH_PRIVATE_KEY", 43)
    wrong = {"CALLCENTER_PUSH_PRIVATE_KEY": f"{key}x"}
    with pytest.raises(ValidationError, match="callcenter push keys"):
        Settings.model_validate(wrong)
    with pytest.raises(ValidationError) as others:
        Settings.model_validate({name: key})
    assert name not in str(others.value)


def test_a_push_says_the_words_of_the_text_without_its_link() -> None:
    url = "https://rbl.example"
    assert without_link(f"Te laat sinds 10.00 uur: {url}/mijn/terugbellen/7", url) == (
        "Te laat sinds 10.00 uur",
        "/mijn/terugbellen/7",
    )
    assert without_link("Zonder link", url) == ("Zonder link", "/")


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131 Safari/537.36 Edg/131", "Edge, Windows"),
        ("curl/8", "?"),
    ],
)
def test_a_browser_is_named_as_people_do(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
