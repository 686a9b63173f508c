"""Waits for another program by polling with a limit. No other code of the tests may sleep."""

import threading
from collections.abc import Callable
from typing import TypeVar

from callcenter.clock import stopwatch

T = TypeVar("T")


def wait_until(look: Callable[[], T | None], what: str, *, within_s: float = 10, every_s: float = 0.02) -> T:
    """Call `look` every `every_s` seconds and return its first true answer.

    Raises AssertionError that names `what` after `within_s` seconds. It is for real programs only (a server that
    starts, a browser); in the product's own code tests move the clock instead.
    """
    started = stopwatch()
    pause = threading.Event()
    while stopwatch() - started < within_s:
        answer = look()
        if answer:
            return answer
        pause.wait(every_s)
    raise AssertionError(f"waited {within_s} s in vain for {what}")
