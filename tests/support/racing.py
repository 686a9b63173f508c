"""Run functions at the same instant, in threads behind one barrier."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def race(*works: Callable[[], T], within_s: float = 30) -> list[T]:
    """What each function returned, in the order given.

    Raises the exception of a function, or TimeoutError when one takes longer than `within_s` seconds.
    """
    barrier = threading.Barrier(len(works))

    def begin(work: Callable[[], T]) -> T:
        barrier.wait(within_s)
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        running = [threads.submit(begin, work) for work in works]
        return [one.result(within_s) for one in running]
