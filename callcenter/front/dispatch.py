"""Hands complete requests to the threads of their lanes."""

import logging
import threading
from queue import SimpleQueue
from typing import Any

from callcenter.front import lanes
from callcenter.front.refusals import Refused

log = logging.getLogger(__name__)


class Lanes:
    """Threads and queues of all lanes. It stands in for waitress's dispatcher of tasks."""

    def __init__(self) -> None:
        self._queues: dict[str, SimpleQueue[Any]] = {}
        for lane in lanes.ALL:
            queue = self._queues[lane.name] = SimpleQueue[Any]()
            for number in range(lane.threads):
                name = f"{lane.name}-{number}"
                threading.Thread(target=_serve, args=(queue,), name=name, daemon=True).start()

    def add_task(self, channel: Any) -> None:
        """Queue a connection whose first request is complete. When the queue is full, the request is refused."""
        request = channel.requests[0]
        if request.error is None:
            lane = lanes.lane_of(request.path)
            queue = self._queues[lane.name]
            if queue.qsize() < lane.queue:
                queue.put(channel)
                return
            request.error = Refused(503)
        self._queues[lanes.REFUSALS.name].put(channel)


def _serve(queue: "SimpleQueue[Any]") -> None:
    while True:
        channel = queue.get()
        try:
            channel.service()
        except BaseException:
            log.exception("a request could not be answered")
