"""The outside of a served office: a Twilio that accepts every request, and a caller's first webhook."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.town import ACCOUNT_SID, AUTH_TOKEN, LINE, PUBLIC_URL
from callcenter.standin.twilio.signing import signature


@dataclass
class Twilio:
    """Its address, and when each request to create a call came (`time.perf_counter`)."""

    url: str
    asked_at: list[float] = field(default_factory=list)


@contextmanager
def twilio() -> Iterator[Twilio]:
    """Serve a replacement of Twilio's REST API."""

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            found.asked_at.append(time.perf_counter())
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say(201, b'{"sid": "CA%032x", "status": "queued"}' % len(found.asked_at))

        def do_GET(self) -> None:
            self._say(200, b'{"sid": "AC", "friendly_name": "bench", "status": "active"}')

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    found = Twilio(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()


def first_webhook(caller: str, number: int) -> tuple[dict[str, str], dict[str, str]]:
    """Parameters and headers of a call's first webhook. number: makes the CallSid unique."""
    params = {
        "AccountSid": ACCOUNT_SID,
        "CallSid": f"CA{number:032x}",
        "CallStatus": "ringing",
        "From": caller,
        "To": LINE,
    }
    return params, {"X-Twilio-Signature": signature(AUTH_TOKEN, f"{PUBLIC_URL}/webhooks/voice", params)}
