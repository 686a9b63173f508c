"""Hands complete requests to the threads of their lanes."""

import logging
import threading
from collections import Counter
from queue import SimpleQueue
from typing import Any

from callcenter.front import lanes
from callcenter.front.forwarded import client_address, network_of
from callcenter.front.refusals import Refused

log = logging.getLogger(__name__)
# The longest time for which a page waits until the webhooks before it are answered. Most take a tenth of it; a flood of
# forged ones must not keep people from their pages.
_GIVES_WAY_S = 0.25


class Lanes:
    """Threads and queues of all lanes. It stands in for waitress's dispatcher of tasks."""

    def __init__(self) -> None:
        self._line, self._shares = _Line(), Shares()
        self._queues: dict[str, SimpleQueue[Any]] = {}
        for lane in lanes.ALL:
            queue = self._queues[lane.name] = SimpleQueue[Any]()
            serve = self._serve_line if lane is lanes.LINE else self._serve_others
            for number in range(lane.threads):
                name = f"{lane.name}-{number}"
                threading.Thread(target=serve, args=(queue,), name=name, daemon=True).start()

    def add_task(self, channel: Any) -> None:
        """Queue a connection whose first request is complete. When the queue is full, the request is refused."""
        request = channel.requests[0]
        if request.error is None:
            lane = lanes.lane_of(request.path)
            queue = self._queues[lane.name]
            place = _client(channel, request), lane
            if queue.qsize() < lane.queue and self._shares.take(*place):
                if lane is lanes.LINE:
                    self._line.begins()
                queue.put((channel, place))
                return
            request.error = Refused(503)
        self._queues[lanes.REFUSALS.name].put((channel, None))

    def _serve_line(self, queue: "SimpleQueue[Any]") -> None:
        while True:
            channel, _place = queue.get()
            try:
                _answer(channel)
            finally:
                self._line.ends()

    def _serve_others(self, queue: "SimpleQueue[Any]") -> None:
        while True:
            channel, place = queue.get()
            self._line.quiet.wait(_GIVES_WAY_S)
            try:
                _answer(channel)
            finally:
                if place is not None:
                    self._shares.give_back(*place)


class Shares:
    """How many requests of each client a lane has, so that one machine cannot fill it and keep everybody else out."""

    def __init__(self) -> None:
        self._taken: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def take(self, client: str, lane: lanes.Lane) -> bool:
        """Take a place of the lane for this client. False when the client has all that are for one."""
        if lane.of_one_client is None:
            return True
        with self._lock:
            if self._taken[client, lane.name] >= lane.of_one_client:
                return False
            self._taken[client, lane.name] += 1
            return True

    def give_back(self, client: str, lane: lanes.Lane) -> None:
        """The request was answered."""
        if lane.of_one_client is None:
            return
        with self._lock:
            self._taken[client, lane.name] -= 1
            if not self._taken[client, lane.name]:
                del self._taken[client, lane.name]


class _Line:
    """Whether requests of the line wait or are being answered.

    Python runs one thread at a time, so each page that computes slows a webhook down. Pages therefore begin between
    webhooks. quiet: set while there is none.
    """

    def __init__(self) -> None:
        self.quiet = threading.Event()
        self.quiet.set()
        self._count, self._lock = 0, threading.Lock()

    def begins(self) -> None:
        """One more came."""
        with self._lock:
            self._count += 1
            self.quiet.clear()

    def ends(self) -> None:
        """One was answered."""
        with self._lock:
            self._count -= 1
            if not self._count:
                self.quiet.set()


def _client(channel: Any, request: Any) -> str:
    """Whom the request counts for."""
    stated = request.headers.get("X_FORWARDED_FOR", "")
    return network_of(client_address(channel.addr[0], stated, channel.server.options.trusted))


def _answer(channel: Any) -> None:
    try:
        channel.service()
    except BaseException:
        log.exception("a request could not be answered")
