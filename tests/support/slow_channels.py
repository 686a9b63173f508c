"""Real servers for the team lead's messages, in threads: a web hook and a mail server that answer when a test says."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

# Longer than a test lasts: a server that is never released ends with its test.
FOR_EVER_S = 60.0


class Gate:
    """Holds a server's answers until the test lets each of them go. Open until `close` is called."""

    def __init__(self) -> None:
        self._closed = False
        self._arrived, self._released = threading.Semaphore(0), threading.Semaphore(0)

    def close(self) -> None:
        """From now on each answer waits."""
        self._closed = True

    def pass_through(self) -> None:
        """For the server: wait until the test lets this answer go."""
        if self._closed:
            self._arrived.release()
            self._released.acquire(timeout=FOR_EVER_S)

    def wait(self) -> None:
        """For the test: wait until an answer is held."""
        assert self._arrived.acquire(timeout=FOR_EVER_S), "nothing reached the server"

    def let_go(self) -> None:
        """For the test: let one answer go."""
        self._released.release()

    def open(self) -> None:
        """Let this answer go and all that follow."""
        self._closed = False
        self._released.release()


class WebHook:
    """A web hook. got: the messages that it took; statuses: of its next answers, 200 after the last."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.statuses: deque[int] = deque()
        self.always: int = 200
        self.gate = Gate()
        self.answers_after_s = 0.0
        self.hangs_up = False
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Take one message and answer it."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.got.append(json.loads(body)["message"])
        self.gate.pass_through()
        threading.Event().wait(self.answers_after_s)
        if self.hangs_up:
            handler.close_connection = True
            return
        handler.send_response(self.statuses.popleft() if self.statuses else self.always)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def a_web_hook() -> Iterator[WebHook]:
    """A web hook at `url`, an address of Apprise."""
    hook = WebHook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.answer(self)

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"json://127.0.0.1:{server.server_port}/"
    with _running(server):
        yield hook


class MailServer:
    """A mail server. mails: what it took; refuses: its refusals by command, each for one time."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.refuses: dict[str, str] = {}
        self.breaks_off_after = ""  # it takes the mail with this command, and never answers
        self.gate = Gate()
        self.url = ""

    def speak(self, lines: Any, say: Callable[[str], None]) -> None:
        """One connection."""
        self.gate.pass_through()
        say("220 ready")
        while line := lines.readline().decode().strip():
            command = line.split()[0].upper()
            self.gate.pass_through()
            if (refusal := self.refuses.pop(command, "")) or command == "QUIT":
                say(refusal or "221 bye")
            elif command == "DATA":
                say("354 go on")
                self.mails.append(_until_the_dot(lines))
                self.gate.pass_through()
                if self.breaks_off_after == "DATA":
                    return
                say("250 taken")
            else:
                say("250 fine")


def _until_the_dot(lines: Any) -> str:
    read = []
    while (line := lines.readline().decode()) != ".\r\n":
        read.append(line)
    return "".join(read)


@contextmanager
def a_mail_server() -> Iterator[MailServer]:
    """A mail server at `url`, an address of Apprise."""
    server_of = MailServer()

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            def say(line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

            server_of.speak(self.rfile, say)

    class Server(ThreadingTCPServer):
        daemon_threads, allow_reuse_address = True, True

        def handle_error(self, *_: Any) -> None:
            """The other side left."""

    server = Server(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    server_of.url = f"mailto://127.0.0.1:{port}?from=line@example.nl&to=lead@example.nl&mode=insecure"
    with _running(server):
        yield server_of


@contextmanager
def _running(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
