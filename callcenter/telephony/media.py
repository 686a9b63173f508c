"""Fetches a recording from Twilio: how large it may be, how long it may take, and where a redirect may lead.

The password goes to the API's own host only. Twilio's documentation does not say whether it redirects to its file
storage, and a message that we refused to fetch from there would be lost after three days. So a redirect is followed
without the password, and only to hosts where Twilio keeps files. Anywhere else it could make this server read its own
network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from urllib3 import BaseHTTPResponse

from callcenter.clock import stopwatch
from callcenter.telephony.trusted_hosts import is_file_storage

# Three minutes as Twilio's WAV files are (16,000 bytes a second), for two channels, and room besides.
LARGEST_BYTES = 8 * 1024 * 1024
# All of it together. Each read has the client's own, shorter time limit.
FETCH_WITHIN_S = 30.0
REDIRECTS_AT_MOST = 2
# What we ask for, store and serve, whatever the answer calls it.
SOUND_TYPE = "audio/wav"

_PIECE = 64 * 1024
_REDIRECT = frozenset({301, 302, 303, 307, 308})
# Sends a GET: the address and the headers. The body is not read yet.
Ask = Callable[[str, Mapping[str, str]], BaseHTTPResponse]


class MediaRefused(Exception):
    """An answer that is not fetched: too large, too slow, or redirected to where we do not follow."""


@dataclass(frozen=True, slots=True)
class Media:
    """An answer with its whole body."""

    status: int
    headers: Mapping[str, str]
    data: bytes


def is_sound(content_type: str, data: bytes) -> bool:
    """Whether an answer is a WAV file: by its type, which a file storage may not know, and by its first bytes."""
    kind = content_type.partition(";")[0].strip().lower()
    of_sound = kind.startswith("audio/") or kind in ("application/octet-stream", "binary/octet-stream")
    return of_sound and data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def fetch(ask: Ask, address: str, password: Mapping[str, str]) -> Media:
    """GET an address. password: the header for it, which is sent nowhere else. Raises MediaRefused."""
    started = stopwatch()
    headers = password
    for _ in range(REDIRECTS_AT_MOST + 1):
        answer = ask(address, headers)
        try:
            if answer.status not in _REDIRECT:
                return Media(answer.status, dict(answer.headers), _body(answer, started))
            address = urljoin(address, answer.headers.get("Location", ""))
        finally:
            answer.close()
        if not is_file_storage(address):
            raise MediaRefused("redirected elsewhere")
        headers = {}
    raise MediaRefused("redirected too often")


def _body(answer: Any, started: float) -> bytes:
    body = bytearray()
    # `read1` returns what has arrived, so a server that sends a byte at a time is noticed too.
    while piece := answer.read1(_PIECE, decode_content=False):
        body += piece
        if len(body) > LARGEST_BYTES:
            raise MediaRefused("too large")
        if stopwatch() - started > FETCH_WITHIN_S:
            raise MediaRefused("too slow")
    return bytes(body)
