"""The steps of `twilio connect` and `twilio check`."""

from collections.abc import Callable, Iterator

import requests
from twilio.request_validator import RequestValidator

from callcenter.errors import CallcenterError
from callcenter.lines.register import lines_in_use
from callcenter.office import Office
from callcenter.settings import Settings
from callcenter.storage.engine import REFUSED, reading
from callcenter.storage.system_facts import CONNECTED, store_fact
from callcenter.telephony.number_settings import (
    HOME_REGION,
    region_fault,
    required_values,
    setting_faults,
    settings_to_send,
)
from callcenter.telephony.twilio_api import NOT_FOUND, RestError, TwilioApi, make_client

_TIMEOUT_S = 10
_NOT_OURS = "the Twilio account does not have the number"
Verdict = tuple[bool, str]


def _nothing_said(_line: str) -> None:
    return None


def connect_lines(office: Office, say: Callable[[str], None] = _nothing_said) -> list[str]:
    """Configure the number of every line at Twilio. Returns what was done; each item is also passed to `say` at once.

    Raises CallcenterError after the last line, with everything that failed.
    """
    twilio = TwilioApi(make_client(office.settings))
    done: list[str] = []
    problems: list[str] = []
    for number in _lines(office):
        try:
            for ok, text in _connect(twilio, number, office.settings.public_url):
                if ok:
                    done.append(text)
                    say(text)
                else:
                    problems.append(text)
        except RestError as error:
            problems.append(f"{number}: {why_failed(error, office.settings)}")
            if _concerns_all(error):
                break
    if problems:
        raise CallcenterError("; ".join(problems))
    note_connected(office)
    return done


def note_connected(office: Office) -> None:
    """Store that Twilio sends the calls of every line here, which is one of the first steps."""
    if _lines(office):
        with office.sessions.begin() as session:
            store_fact(session, CONNECTED, {"to": office.settings.public_url}, office.clock.now())


def _connect(twilio: TwilioApi, number: str, public_url: str) -> Iterator[Verdict]:
    found = twilio.number_settings(number)
    if found is None:
        yield False, f"{_NOT_OURS} {number}"
        return
    wrong = setting_faults(found, public_url)
    twilio.set_number(found.sid, **settings_to_send(found, public_url))
    after = twilio.number_settings(number)
    left = setting_faults(after, public_url) if after else wrong
    settings_left = {fault.setting for fault in left}
    for fault in wrong:
        if fault.setting not in settings_left:
            yield True, f"{number}: {fault.setting} was {fault.found or 'empty'}, is {fault.required or 'empty'} now"
    if left:
        for fault in left:
            hint = "Twilio did not take it" if fault.by_connect else fault.remedy
            yield False, f"{number}: {fault.setting} is {fault.found or 'empty'}: {hint}"
    else:
        yield True, f"{number} is connected to {public_url}"


def check_all(office: Office) -> Iterator[Verdict]:
    """Run all checks. Yields for each whether it passed, and its text; every wrong setting is an item of its own."""
    settings = office.settings
    twilio = TwilioApi(make_client(settings))
    address = required_values(settings.public_url)["voice_url"]
    try:
        yield _check_account(twilio, settings)
    except RestError as error:
        yield False, f"account: {why_failed(error, settings)}"
        if _concerns_all(error):
            if not error.credentials_refused:
                yield _check_signature(office, address)
            return
    try:
        lines = _lines(office)
    except REFUSED:
        lines = []
        yield False, "lines: not checked, the database does not answer: check CALLCENTER_DATABASE_URL"
    else:
        if not lines:
            yield False, "lines: none: add one with `callcenter lines add`"
    for number in lines:
        yield from _check_number(twilio, number, settings)
    yield _check_signature(office, address)


def _check_account(twilio: TwilioApi, settings: Settings) -> Verdict:
    try:
        account = twilio.account()
    except RestError as error:
        if not (error.credentials_refused and settings.twilio_api_key):
            raise
        # A standard API key may do everything except read the account.
        twilio.number_settings("+10000000000")
        return True, "account: the API key is taken (it may not read the account's own state)"
    if account.status in ("suspended", "closed"):
        return False, f"account: {account.name} is {account.status}, must be active: see Twilio's console, Billing"
    return True, f"account: {account.name}"


def _check_number(twilio: TwilioApi, number: str, settings: Settings) -> Iterator[Verdict]:
    try:
        found = twilio.number_settings(number)
    except RestError as error:
        yield False, f"{number}: {why_failed(error, settings)}"
        return
    if found is None:
        yield False, f"{number}: the account does not have this number: `callcenter lines list`, or buy or port it"
        return
    wrong = setting_faults(found, settings.public_url)
    for fault in wrong:
        yield False, f"{number}: {fault}"
    if not wrong:
        texts = "" if found.takes_texts else " (it takes no text messages: no presence by text)"
        yield True, f"{number}: all addresses are ours, asked by POST, with nothing in their place{texts}"
    yield from _check_region(twilio, number, settings.twilio_region)


def _check_region(twilio: TwilioApi, number: str, configured: str | None) -> Iterator[Verdict]:
    try:
        fault = region_fault(twilio.voice_region(number), configured)
    except RestError as error:
        if configured not in (None, HOME_REGION):
            yield (
                True,
                (
                    f"{number}: Twilio does not tell in which region its calls are processed ({error.code}): "
                    f"see that it is {configured} in Twilio's console, Phone Numbers, Regional routing"
                ),
            )
        return
    if fault is not None:
        yield False, f"{number}: {fault}"
    elif configured not in (None, HOME_REGION):
        yield True, f"{number}: its calls are processed in {configured}"


def why_failed(error: RestError, settings: Settings) -> str:
    """Why a request failed, and what to check."""
    if error.code in ("connect", "timeout"):
        where = "TWILIO_API_BASE_URL" if settings.twilio_api_base_url else "the network, https_proxy"
        return f"cannot reach Twilio ({error.code}): check {where}"
    if error.code == "20005":
        return "Twilio refuses the account (20005): it is suspended or closed: see Twilio's console, Billing"
    if error.credentials_refused:
        names = "TWILIO_API_KEY and TWILIO_API_SECRET" if settings.twilio_api_key else "TWILIO_AUTH_TOKEN"
        region = ", which are of one region: TWILIO_REGION" if settings.twilio_region else ""
        return f"Twilio refused the credentials ({error.code}): check TWILIO_ACCOUNT_SID, {names}{region}"
    if error.code == str(NOT_FOUND):
        return f"Twilio does not know this account ({error.code}): check TWILIO_ACCOUNT_SID"
    return f"Twilio does not answer as it should ({error.code}): see status.twilio.com"


def _concerns_all(error: RestError) -> bool:
    """Whether every other request would fail for the same reason."""
    return error.credentials_refused or error.code in ("connect", "timeout", str(NOT_FOUND))


def _check_signature(office: Office, address: str) -> Verdict:
    """Request our own public address, signed like Twilio. Its number is no line, so nothing is recorded."""
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
        return (
            False,
            f"{address}: a forged request was answered {forged.status_code}, not 403: is that our server?",
        )
    return True, f"{address}: signed requests are taken, forged ones refused"


def _lines(office: Office) -> list[str]:
    with reading(office.sessions) as session:
        return [line.number for line in lines_in_use(session)]
