"""Decides to which hosts a request may go: those that get Twilio's password, and those where Twilio keeps files."""

import re
from urllib.parse import SplitResult, urlsplit

_TWILIO = re.compile(r"(?:[a-z0-9-]+\.)+twilio\.com")
_STORAGE = re.compile(r"(?:[a-z0-9-]+\.)*(?:twilio\.com|twiliocdn\.com|s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com)")


class NotTwilio(Exception):
    """An address of another server, to which the password would have been sent."""


def check_twilio(address: str) -> None:
    """Raise NotTwilio unless this address is of one of Twilio's APIs, by https.

    The library sends the password to whatever address it has, and an answer may name one: the next page of a list.
    """
    if not _is_at(address, _TWILIO):
        raise NotTwilio("not an address of Twilio")


def is_file_storage(address: str) -> bool:
    """Whether a redirect may lead here: by https and the usual port, to a host of Twilio or of Amazon's S3."""
    return _is_at(address, _STORAGE)


def _is_at(address: str, hosts: re.Pattern[str]) -> bool:
    parts = _split(address)
    if parts is None or parts.scheme != "https" or parts.username is not None:
        return False
    return hosts.fullmatch(parts.hostname or "") is not None


def _split(address: str) -> SplitResult | None:
    """The parts of an address, None when it has another port than the usual one or cannot be read."""
    try:
        parts = urlsplit(address)
        return parts if parts.port in (None, 443) else None
    except ValueError:
        return None
