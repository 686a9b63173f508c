"""World threads: product code that waits for a REST answer in virtual time, while other events go on.

The product calls REST synchronously, and in production other requests are handled meanwhile. Running the world from
within a waiting call is enough for one call. It is not for two that overlap, because the first could not return before
the second. So each piece of work that calls REST gets a thread of its own, as in production.

Only one thread runs at any moment. The world's thread hands control to a world thread, and gets it back when that one
waits for an answer or is done. The answer is an event of the world. So runs are as repeatable as without threads.

The world's thread holds the world's lock throughout. A world thread that scheduled an event itself would deadlock.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

GoOn = Callable[[], None]
_ACTIVE = threading.local()


class Abandoned(BaseException):
    """Raised in a world thread whose simulated process has died, so that it stores nothing more."""


def current_thread() -> "WorldThread | None":
    """The world thread that runs this code; None in any other thread."""
    return getattr(_ACTIVE, "thread", None)


class WorldThread:
    """One piece of work, in a thread of its own. error: the exception that it ended with, if any."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.error: BaseException | None = None
        self.is_over = False
        self._work = work
        self._is_abandoned = False
        self._begin: Callable[[GoOn], None] | None = None
        self._thread_turn, self._world_turn = threading.Semaphore(0), threading.Semaphore(0)
        threading.Thread(target=self._run, name="standin-world", daemon=True).start()

    def _run(self) -> None:
        _ACTIVE.thread = self
        self._thread_turn.acquire()
        try:
            if not self._is_abandoned:
                self._work()
        except Abandoned:
            pass
        except BaseException as error:
            self.error = error
        self.is_over = True
        self._world_turn.release()

    def wait_for(self, begin: Callable[[GoOn], None]) -> None:
        """Wait, in this thread, until the function that `begin` gets is called. `begin` runs in the world's thread."""
        self._begin = begin
        self._world_turn.release()
        self._thread_turn.acquire()
        if self._is_abandoned:
            raise Abandoned

    def go_on(self) -> Callable[[GoOn], None] | None:
        """From the world's thread: run it until it waits. Returns the `begin` of that wait; None when it is over."""
        self._thread_turn.release()
        self._world_turn.acquire()
        begin, self._begin = self._begin, None
        return begin

    def abandon(self) -> None:
        """From the world's thread: end it now, by raising `Abandoned` in it."""
        self._is_abandoned = True
        while not self.is_over:
            self.go_on()


class WorldThreads(Executor):
    """An executor that gives each piece of work a world thread, and starts it at once.

    after: called in the world's thread when a piece of work is done. around: calls the function that it gets, which
    continues a thread in a later event; it may catch the exception that the thread ended with.
    """

    def __init__(self, after: Callable[[], object], around: Callable[[GoOn], None]) -> None:
        self._after, self._around = after, around
        self._waiting: dict[WorldThread, None] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start a piece of work. An exception that it raises without waiting is raised here."""
        future: Future[Any] = Future()
        thread = WorldThread(lambda: future.set_result(fn(*args, **kwargs)))
        self._waiting[thread] = None
        self._go_on(thread)
        return future

    def abandon(self) -> None:
        """End all threads that wait, as when their process dies; their answers are dropped."""
        waiting, self._waiting = self._waiting, {}
        for thread in waiting:
            thread.abandon()

    def _go_on(self, thread: WorldThread) -> None:
        if thread not in self._waiting:
            return
        begin = thread.go_on()
        while begin is not None and self._is_answered_at_once(thread, begin):
            begin = thread.go_on()
        if not thread.is_over:
            return
        del self._waiting[thread]
        if thread.error is not None:
            raise thread.error
        self._after()

    def _is_answered_at_once(self, thread: WorldThread, begin: Callable[[GoOn], None]) -> bool:
        answered, returned = threading.Event(), threading.Event()

        def answer() -> None:
            answered.set()
            if returned.is_set():
                self._around(partial(self._go_on, thread))

        begin(answer)
        returned.set()
        return answered.is_set()
