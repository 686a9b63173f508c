"""How does a test wait for another program? By looking again and again, with a limit; nothing else here may pause."""

import threading
from collections.abc import Callable
from typing import TypeVar

from callcenter.clock import stopwatch

T = TypeVar("T")


def wait_until(look: Callable[[], T | None], what: str, *, within_s: float = 10, every_s: float = 0.02) -> T:
    """The first answer of `look` that is true. Raises AssertionError that names `what` when it does not come in time.

    Only for real programs (a server that starts, a browser); inside our own code tests move the clock instead.
    """
    started = stopwatch()
    pause = threading.Event()
    while stopwatch() - started < within_s:
        answer = look()
        if answer:
            return answer
        pause.wait(every_s)
    raise AssertionError(f"waited {within_s} s in vain for {what}")
