"""An executor whose threads stand still until the test lets them go on."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class Held(Executor):
    """Keeps what is submitted until `go_on`. One that is never let go on is a process that died."""

    def __init__(self) -> None:
        self._work: list[Callable[[], object]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._work.append(lambda: fn(*args, **kwargs))
        return Future()

    def go_on(self) -> None:
        """Do what was submitted, in its order."""
        while self._work:
            self._work.pop(0)()
