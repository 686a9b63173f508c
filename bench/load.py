"""Rate and latency of signed requests that wrk sends from the loopback."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.town import AUTH_TOKEN, PUBLIC_URL
from callcenter.errors import CallcenterError
from callcenter.standin.twilio.signing import signature

_LUA = Path(__file__).with_name("wrk.lua")


class BenchFailed(CallcenterError):
    """A measurement failed or would be misleading; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """One webhook. path: with its query."""

    path: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one round; times in milliseconds."""

    requests: int
    per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def write_requests(file: Path, requests: Iterable[Request]) -> None:
    """Write signed requests to a file as they go over the wire."""
    with file.open("wb") as out:
        for request in requests:
            raw = _raw(request)
            out.write(b"%d\n%b" % (len(raw), raw))


def drive(url: str, file: Path, connections: int, seconds: float) -> Figures:
    """Send the requests of a file for `seconds`. Raises BenchFailed when one was not answered with success."""
    program = shutil.which("wrk")
    if program is None:
        raise BenchFailed("wrk is not installed: sh tests/support/system_packages.sh")
    lasting = f"{max(1, round(seconds))}s"
    command = [program, "-t1", f"-c{connections}", f"-d{lasting}", "--timeout", "10s", "-s", str(_LUA), url, "--"]
    said = subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)
    found = re.search(r"^BENCH (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", said.stdout, re.MULTILINE)
    if found is None:
        raise BenchFailed(f"wrk said: {said.stderr or said.stdout}")
    count, lasted_us, p50, p95, p99, errors = (int(value) for value in found.groups())
    if errors or not count:
        raise BenchFailed(f"{errors} of {count} requests to {url} were not answered well")
    return Figures(count, count / lasted_us * 1e6, p50 / 1000, p95 / 1000, p99 / 1000)


def _raw(request: Request) -> bytes:
    body = urlencode(request.params).encode()
    head = (
        f"POST {request.path} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: TwilioProxy/1.1\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
        f"X-Twilio-Signature: {signature(AUTH_TOKEN, PUBLIC_URL + request.path, request.params)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
