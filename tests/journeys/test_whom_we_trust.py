"""Only our own account's webhooks are taken, and what they say does not decide where our password goes."""

import pytest

from callcenter.calls.records import Voicemail
from callcenter.standin.twilio.signing import signature
from tests.support.town import LINE, SCHOOL, MakeTown, Town

CALL = {"CallSid": "CA" + "9" * 32, "From": SCHOOL, "To": LINE}
RECORDING = "RE" + "9" * 32


def sends(town: Town, path: str, key: str, **params: str) -> int:
    """The status of the answer to a request that is signed with a key."""
    address = f"{town.lived.office.settings.public_url}{path}"
    headers = {"X-Twilio-Signature": signature(key, address, params)}
    return town.lived.app.test_client().post(path, data=params, headers=headers).status_code


@pytest.mark.parametrize("account", [None, "", "AC" + "0" * 32, " ", "ac" + "5" * 32])
@pytest.mark.parametrize("path", ["/webhooks/voice", "/webhooks/sms", "/webhooks/voice/fallback", "/webhooks/ringing"])
def test_a_webhook_of_no_account_or_of_another_one_is_refused(
    a_small_town: MakeTown, path: str, account: str | None
) -> None:
    town = a_small_town()
    token = town.lived.office.settings.twilio_auth_token.get_secret_value()
    params = CALL if account is None else {**CALL, "AccountSid": account}
    assert sends(town, path, token, **params) == 403
    assert town.calls() == []
    town.lived.write_totals()
    assert town.totals("callcenter_webhooks_rejected_total") == 1


@pytest.mark.parametrize("key", ["", " ", '""'])
def test_a_blank_key_signs_nothing(a_small_town: MakeTown, key: str) -> None:
    town = a_small_town()
    account = town.lived.office.settings.twilio_account_sid
    assert sends(town, "/webhooks/voice", key, AccountSid=account, **CALL) == 403
    assert town.calls() == []


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/steal",
        f"https://evil.example/Recordings/{RECORDING}",
        f"https://api.twilio.com@evil.example/{RECORDING}",
        "",
    ],
)
def test_a_recording_is_asked_from_twilio_whatever_address_a_request_names(
    a_small_town: MakeTown, address: str
) -> None:
    town = a_small_town()
    assert town.sends("/webhooks/voice", CALL) == 200
    report = {**CALL, "RecordingSid": RECORDING, "RecordingUrl": address, "RecordingDuration": "5"}
    assert town.sends("/webhooks/voice/fallback/recorded", report) == 200
    town.standin.run_for(5)
    with town.session() as session:
        (message,) = session.query(Voicemail).all()
    assert (message.recording_sid, message.recording_url) == (RECORDING, None)
    assert town.standin.rest.requests["fetch-media"] >= 1


@pytest.mark.parametrize("sid", ["RE1", "../Calls/CA1", "RE" + "9" * 33, "CA" + "9" * 32])
def test_what_is_no_recording_is_no_message(a_small_town: MakeTown, sid: str) -> None:
    town = a_small_town()
    assert town.sends("/webhooks/voice", CALL) == 200
    report = {**CALL, "RecordingSid": sid, "RecordingUrl": f"https://api.twilio.com/{sid}", "RecordingDuration": "5"}
    assert town.sends("/webhooks/voice/fallback/recorded", report) == 200
    with town.session() as session:
        assert session.query(Voicemail).count() == 0
