"""A server in place of Twilio's REST API that answers every request with a created call.

It answers at once, or after the time that Twilio takes.
"""

import asyncio
import itertools
import json
import signal
import sys

_NUMBERS = itertools.count(1)
# The signals that choose its delay, and the seconds that Twilio takes to create a call.
AS_TWILIO, AT_ONCE = signal.SIGUSR1, signal.SIGUSR2
TWILIO_S = 0.3


class Answering(asyncio.Protocol):
    """Answers every POST with a new call and keeps the connection open, as Twilio does.

    It checks nothing, so that it takes little processor time.
    """

    delay_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._read) < end + 4 + length:
                return
            self._read = self._read[end + 4 + length :]
            if self.delay_s:
                asyncio.get_running_loop().call_later(self.delay_s, self._answer)
            else:
                self._answer()

    def _answer(self) -> None:
        body = json.dumps({"sid": f"CA{next(_NUMBERS):032x}", "status": "queued"}).encode()
        self._transport.write(
            b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )


def _take(seconds: float) -> None:
    Answering.delay_s = seconds


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(AS_TWILIO, _take, TWILIO_S)
    loop.add_signal_handler(AT_ONCE, _take, 0)
    server = await loop.create_server(Answering, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
