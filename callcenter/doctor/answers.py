"""Whether an answer that somebody gives to `callcenter setup` can be used: each is checked at once."""

import os
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from callcenter.access.users import normal_email
from callcenter.doctor.twilio_check import why_failed
from callcenter.errors import InvalidInput
from callcenter.lines.register import LONGEST_NAME
from callcenter.numbers import parse
from callcenter.plaintext import odd_character
from callcenter.settings import Settings, fault_of
from callcenter.storage.engine import make_engine
from callcenter.telephony.twilio_api import RestError, TwilioApi, make_client

_SID = re.compile(r"AC[0-9a-f]{32}")
_HERE = ("localhost", "127.0.0.1", "::1")


class Refused(Exception):
    """The answer cannot be used. The message is the sentence for whoever gave it; it shows no secret."""


def public_url(given: str) -> str:
    """The address that Twilio calls: https, unless it is this machine itself. Raises Refused."""
    address = _setting("CALLCENTER_PUBLIC_URL", given.strip().rstrip("/"))
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _HERE:
        raise Refused("Twilio needs https: write https://…, the address of your proxy with its certificate")
    return address


def unknown_host(address: str) -> str | None:
    """A remark when the host of an address has no entry in the DNS (yet), else None."""
    host = urlsplit(address).hostname or ""
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return f"{host} is not found in the DNS from here: Twilio must be able to find it"
    return None


def account_sid(given: str) -> str:
    """The SID of a Twilio account. Raises Refused."""
    if not _SID.fullmatch(given.strip()):
        raise Refused("an account SID is AC and 32 digits and letters a to f: it is on the first page of the console")
    return given.strip()


def auth_token(given: str) -> str:
    """The account's auth token. Raises Refused."""
    return _setting("TWILIO_AUTH_TOKEN", given.strip())


def number(given: str) -> str:
    """The line's number, in E.164. Raises Refused."""
    found = parse(given)
    if found is None:
        raise Refused("this is not a telephone number: write it as 085 888 0000 or +31858880000")
    return found


def line_name(given: str) -> str:
    """What the line is called. Raises Refused."""
    name = given.strip()
    if not name or len(name) > LONGEST_NAME or odd_character(name) is not None:
        raise Refused(f"a name has 1 to {LONGEST_NAME} characters")
    return name


def email(given: str) -> str:
    """The address with which the first administrator logs in. Raises Refused."""
    try:
        return normal_email(given)
    except InvalidInput as error:
        raise Refused(str(error)) from None


def database(given: str) -> str:
    """The address of a database that answers, or of a file that can be made. Raises Refused."""
    address = _setting("CALLCENTER_DATABASE_URL", given.strip())
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise Refused(
            "this is not the address of a database: sqlite:///callcenter.db or postgresql+psycopg://…"
        ) from None
    if address.startswith("sqlite"):
        file = Path(url.database or "").absolute()
        if not os.access(file.parent, os.W_OK | os.X_OK):
            raise Refused(f"{file.parent} does not exist, or nothing can be written there")
        if not file.exists():
            return address
    engine = make_engine(address)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (DBAPIError, UnicodeError) as error:
        cause = " ".join(str(getattr(error, "orig", error)).split())
        raise Refused(f"{engine.url.render_as_string(hide_password=True)} does not answer: {cause}") from None
    finally:
        engine.dispose()
    return address


def twilio_account(settings: Settings) -> str | None:
    """Ask Twilio for the account. Returns a remark when Twilio cannot be reached, else None. Raises Refused."""
    try:
        account = TwilioApi(make_client(settings)).account()
    except RestError as error:
        return _unless_unreachable(error, settings)
    if account.status != "active":
        raise Refused(f"the account is {account.status}: see Twilio's console, Billing")
    return None


def twilio_number(settings: Settings, e164: str) -> str | None:
    """Ask Twilio whether the account has the number. Returns and raises as `twilio_account` does."""
    try:
        found = TwilioApi(make_client(settings)).number_settings(e164)
    except RestError as error:
        return _unless_unreachable(error, settings)
    if found is None:
        raise Refused(f"the Twilio account does not have {e164}: buy or port it first, or correct the number")
    return None


def _unless_unreachable(error: RestError, settings: Settings) -> str:
    if error.credentials_refused or error.code not in ("connect", "timeout"):
        raise Refused(why_failed(error, settings)) from None
    return f"not checked: {why_failed(error, settings)}"


def _setting(name: str, value: str) -> str:
    fault = fault_of(name, value)
    if fault is not None:
        raise Refused(fault.removeprefix(f"{name}: "))
    return value
