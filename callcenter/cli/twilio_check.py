"""Is a line's number connected as it should be? The steps of `twilio connect` and `twilio check`."""

from collections.abc import Iterator

import requests
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from callcenter.errors import CallcenterError
from callcenter.office import Office
from callcenter.routing.records import Line
from callcenter.storage.engine import reading
from callcenter.telephony.twilio_api import RestError, TwilioApi, make_client

_TIMEOUT_S = 10


def addresses(public_url: str) -> dict[str, str]:
    """What a number's settings at Twilio must be."""
    return {
        "voice_url": f"{public_url}/webhooks/voice",
        "voice_fallback_url": f"{public_url}/webhooks/voice/fallback",
        "status_callback": f"{public_url}/webhooks/voice/status",
        "sms_url": f"{public_url}/webhooks/sms",
    }


def connect_lines(office: Office) -> list[str]:
    """Set every line's addresses; returns what was done. Raises CallcenterError when Twilio refuses."""
    twilio = TwilioApi(make_client(office.settings))
    wanted = addresses(office.settings.public_url)
    done = []
    try:
        for number in _lines(office):
            found = twilio.number_settings(number)
            if found is None:
                raise CallcenterError(f"the Twilio account does not have the number {number}")
            methods = {
                "voice_method": "POST",
                "voice_fallback_method": "POST",
                "status_callback_method": "POST",
                "sms_method": "POST",
            }
            twilio.set_number(found["sid"], **wanted, **methods)
            done.append(f"{number} is connected to {office.settings.public_url}")
    except RestError as error:
        raise CallcenterError(f"Twilio refused: {error.code}") from None
    return done


def check_all(office: Office) -> Iterator[tuple[bool, str]]:
    """Each check with whether it holds and what it says."""
    twilio = TwilioApi(make_client(office.settings))
    try:
        yield True, f"account: {twilio.account_name()}"
    except RestError as error:
        yield False, f"account: Twilio refused the credentials ({error.code}): check TWILIO_ACCOUNT_SID and its token"
        return
    wanted = addresses(office.settings.public_url)
    lines = _lines(office)
    if not lines:
        yield False, "lines: none: add one with `callcenter lines add`"
    for number in lines:
        yield from _check_number(twilio, number, wanted)
    yield _check_signature(office, wanted["voice_url"])


def _check_number(twilio: TwilioApi, number: str, wanted: dict[str, str]) -> Iterator[tuple[bool, str]]:
    try:
        found = twilio.number_settings(number)
    except RestError as error:
        yield False, f"{number}: Twilio does not tell ({error.code})"
        return
    if found is None:
        yield False, f"{number}: the account does not have this number"
        return
    wrong = [name for name, address in wanted.items() if found[name] != address]
    if wrong:
        yield False, f"{number}: {', '.join(wrong)} not set to us: run `callcenter twilio connect`"
    else:
        yield True, f"{number}: all addresses are ours"


def _check_signature(office: Office, address: str) -> tuple[bool, str]:
    """Ask our own public address, signed as Twilio signs, with a number that is no line: nothing is recorded."""
    params = {"CallSid": "CAcheck", "AccountSid": office.settings.twilio_account_sid, "From": "", "To": "+10000000000"}
    signature = RequestValidator(office.settings.auth_tokens[0]).compute_signature(address, params)
    try:
        signed = requests.post(address, params, headers={"X-Twilio-Signature": signature}, timeout=_TIMEOUT_S)
        forged = requests.post(address, params, headers={"X-Twilio-Signature": "forged"}, timeout=_TIMEOUT_S)
    except requests.RequestException as error:
        return False, f"{address}: not reached ({type(error).__name__}): is it public, is the server running?"
    if signed.status_code != 200:
        return False, f"{address}: a signed request was answered {signed.status_code}: is CALLCENTER_PUBLIC_URL exact?"
    if forged.status_code != 403:
        return False, f"{address}: a forged request was answered {forged.status_code}, not 403"
    return True, f"{address}: signed requests are taken, forged ones refused"


def _lines(office: Office) -> list[str]:
    with reading(office.sessions) as session:
        return list(session.scalars(select(Line.number).order_by(Line.id)))
