"""The front with an application that a test holds up: full lanes, webhooks first, and too many connections."""

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from callcenter.clock import stopwatch
from callcenter.front import lanes
from callcenter.front.dispatch import Lanes
from callcenter.front.listener import FrontOptions, Listener
from callcenter.front.loop import Loop
from tests.support.attacks import head
from tests.support.waiting import wait_until
from tests.support.wire import connected, one_answer


class Held:
    """An application whose pages wait until `go_on` is set; webhooks are answered at once, unless `line` is cleared."""

    def __init__(self) -> None:
        self.go_on, self.line, self.seen = threading.Event(), threading.Event(), list[str]()
        self.line.set()
        self.body = b"ok"
        self.loop_stopped = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        path = environ["PATH_INFO"]
        self.seen.append(path)
        (self.line if path.startswith("/webhooks/") else self.go_on).wait(30)
        start_response("200 OK", [("Content-Length", str(len(self.body)))])
        return [self.body]


@contextmanager
def serving(application: Held, most: int = 1000) -> Iterator[tuple[str, Listener, list[str]]]:
    """Serve an application; yields its address, the listener and the reasons of refused requests."""
    loop, stopped, refused = Loop(), application.loop_stopped, list[str]()
    with socket.create_server(("127.0.0.1", 0)) as sock:
        listener = Listener(application, sock, loop, Lanes(), FrontOptions(on_refused=refused.append), most)

        def turn() -> None:
            while not stopped.is_set():
                loop.turn(0.05)
                listener.sweep(stopwatch())

        thread = threading.Thread(target=turn, name="event loop")
        thread.start()
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}", listener, refused
        finally:
            application.go_on.set()
            application.line.set()
            stopped.set()
            thread.join()
            for channel in list(listener.active_channels.values()):
                channel.handle_close()


def test_when_the_pages_are_full_the_next_is_told_to_come_back_and_webhooks_are_answered() -> None:
    application = Held()
    with serving(application) as (url, _, refused), ExitStack() as open_ones:
        clients = (f"X-Forwarded-For: 192.0.2.{n % 3}" for n in itertools.count())
        for _ in range(lanes.PAGES.threads):
            open_ones.enter_context(connected(url)).sendall(head("GET", "/", next(clients)))
        wait_until(lambda: len(application.seen) == lanes.PAGES.threads, "all threads of the pages to be taken")
        for _ in range(lanes.PAGES.queue):
            open_ones.enter_context(connected(url)).sendall(head("GET", "/", next(clients)))
        with connected(url) as one_more:
            one_more.sendall(head("GET", "/"))
            answer, _ = one_answer(one_more)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"Retry-After: 5" in answer
        assert refused == ["busy"]
        with connected(url) as line:
            line.sendall(head("POST", "/webhooks/voice"))
            assert one_answer(line)[0].startswith(b"HTTP/1.1 200")


def test_a_client_that_floods_the_log_in_page_keeps_nobody_else_from_it() -> None:
    application = Held()
    flood, places = "X-Forwarded-For: 2001:db8::{}", lanes.LOGIN.of_one_client
    assert places is not None
    with serving(application) as (url, _, refused), ExitStack() as open_ones:
        for n in range(lanes.LOGIN.threads + lanes.LOGIN.queue):
            open_ones.enter_context(connected(url)).sendall(head("GET", "/inloggen", flood.format(n)))
        too_many = lanes.LOGIN.threads + lanes.LOGIN.queue - places
        wait_until(lambda: len(refused) == too_many, "the flood to be refused")
        with connected(url) as somebody, connected(url) as again:
            somebody.sendall(head("GET", "/inloggen", "X-Forwarded-For: 2001:db8:1::1"))
            application.go_on.set()
            assert one_answer(somebody)[0].startswith(b"HTTP/1.1 200")
            # The places come back.
            again.sendall(head("GET", "/inloggen", flood.format(1)))
            assert one_answer(again)[0].startswith(b"HTTP/1.1 200")


def test_a_page_begins_after_the_webhooks_before_it_but_does_not_wait_for_ever() -> None:
    application = Held()
    application.go_on.set()
    application.line.clear()
    with serving(application) as (url, _, _refused), connected(url) as line, connected(url) as page:
        line.sendall(head("POST", "/webhooks/voice"))
        wait_until(lambda: application.seen, "the webhook")
        page.sendall(head("GET", "/"))
        assert one_answer(page)[0].startswith(b"HTTP/1.1 200"), "although the webhook takes long"
        assert application.seen == ["/webhooks/voice", "/"]


def test_idle_connections_are_closed_for_new_ones_when_there_are_too_many() -> None:
    application = Held()
    with serving(application, most=20) as (url, listener, _), ExitStack() as open_ones:
        busy = open_ones.enter_context(connected(url))
        busy.sendall(head("GET", "/"))
        wait_until(lambda: application.seen, "the page")
        for _ in range(60):
            open_ones.enter_context(connected(url))
        with connected(url) as line:
            line.sendall(head("POST", "/webhooks/voice"))
            assert one_answer(line)[0].startswith(b"HTTP/1.1 200")
        assert len(listener.active_channels) <= 20
        application.go_on.set()
        assert one_answer(busy)[0].startswith(b"HTTP/1.1 200"), "an answer under way is spared"


def test_a_connection_that_waits_or_is_being_answered_does_not_turn_the_event_loop() -> None:
    application = Held()
    application.go_on.set()
    with serving(application) as (url, listener, _), connected(url) as idle, connected(url) as waiting:
        large = b"x" * 30_000_000
        application.body = large
        idle.sendall(head("GET", "/large"))
        assert one_answer(idle)[1] == large
        application.go_on.clear()
        waiting.sendall(head("GET", "/") * 2)
        wait_until(lambda: len(application.seen) == 2, "the page")
        application.loop_stopped.set()
        threads = [thread for thread in threading.enumerate() if thread.name == "event loop"]
        for thread in threads:
            thread.join()
        listener.loop.turn(0)  # the second request, which waits for the first answer
        assert [listener.loop.turn(0) for _ in range(20)] == [0] * 20


def test_the_event_loop_and_a_thread_never_send_the_same_bytes_at_once() -> None:
    application = Held()
    with serving(application) as (url, listener, _), connected(url), ThreadPoolExecutor(1) as thread:
        wait_until(lambda: listener.active_channels, "the connection")
        channel = next(iter(listener.active_channels.values()))
        could_send: list[bool] = []

        def send(data: bytes, do_close: bool = True) -> int:
            could_send.append(thread.submit(channel.outbuf_lock.acquire, False).result())
            return len(data)

        channel.send = send
        with channel.outbuf_lock:
            channel.outbufs[-1].append(b"the end of an answer")
            channel.total_outbufs_len += len(b"the end of an answer")
        channel.handle_write()  # as the event loop does when no request waits
        assert could_send == [False]
