"""Who waits for an answer of REST while the world goes on? Threads that live in the world's time, one at a time.

The product asks REST synchronously, and in life other requests are handled meanwhile. Running the world forward inside
the request would do for one request, but not for two that overlap: the first could not go on before the second was
answered. So whatever asks REST gets a thread of its own, as in production. Only one thread runs at any moment: the
world's hands over to it, and has the word back when that thread waits for an answer or is done. The answer is an event
of the world like any other. Runs are therefore as repeatable as without threads.

The world's own thread keeps the world's lock all the time: in these threads nothing may be put on the world's heap.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

GoOn = Callable[[], None]
_ACTIVE = threading.local()


class Abandoned(BaseException):
    """Raised in a thread whose process has died: nothing that it learned may be kept."""


def current_thread() -> "WorldThread | None":
    """The thread of the world that runs this, None in any other thread."""
    return getattr(_ACTIVE, "thread", None)


class WorldThread:
    """One piece of work that may wait."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.error: BaseException | None = None
        self.is_over = False
        self._work = work
        self._is_abandoned = False
        self._question: Callable[[GoOn], None] | None = None
        self._its_turn, self._our_turn = threading.Semaphore(0), threading.Semaphore(0)
        threading.Thread(target=self._run, name="standin-world", daemon=True).start()

    def _run(self) -> None:
        _ACTIVE.thread = self
        self._its_turn.acquire()
        try:
            if not self._is_abandoned:
                self._work()
        except Abandoned:
            pass
        except BaseException as error:
            self.error = error
        self.is_over = True
        self._our_turn.release()

    def wait_for(self, ask: Callable[[GoOn], None]) -> None:
        """In the thread: wait until the world calls the function that `ask` is given. `ask` runs in the world's."""
        self._question = ask
        self._our_turn.release()
        self._its_turn.acquire()
        if self._is_abandoned:
            raise Abandoned

    def go_on(self) -> Callable[[GoOn], None] | None:
        """In the world's: let it go on until it waits, and return what it asks then; None when it is over."""
        self._its_turn.release()
        self._our_turn.acquire()
        question, self._question = self._question, None
        return question

    def abandon(self) -> None:
        """In the world's: it ends here and now."""
        self._is_abandoned = True
        while not self.is_over:
            self.go_on()


class WorldThreads(Executor):
    """Gives each piece of work a thread of the world, and starts it at once.

    after: called in the world's own thread when one is done. around: runs what goes on in a later event, and may
    catch what a thread died of.
    """

    def __init__(self, after: Callable[[], object], around: Callable[[GoOn], None]) -> None:
        self._after, self._around = after, around
        self._waiting: dict[WorldThread, None] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Begin; what it dies of is raised here when that is at once."""
        future: Future[Any] = Future()
        thread = WorldThread(lambda: future.set_result(fn(*args, **kwargs)))
        self._waiting[thread] = None
        self._go_on(thread)
        return future

    def abandon(self) -> None:
        """The process has died: whoever waits for an answer is gone, whatever the answer will be."""
        waiting, self._waiting = self._waiting, {}
        for thread in waiting:
            thread.abandon()

    def _go_on(self, thread: WorldThread) -> None:
        if thread not in self._waiting:
            return
        question = thread.go_on()
        while question is not None and self._is_answered_at_once(thread, question):
            question = thread.go_on()
        if not thread.is_over:
            return
        del self._waiting[thread]
        if thread.error is not None:
            raise thread.error
        self._after()

    def _is_answered_at_once(self, thread: WorldThread, question: Callable[[GoOn], None]) -> bool:
        answered, returned = threading.Event(), threading.Event()

        def answer() -> None:
            answered.set()
            if returned.is_set():
                self._around(partial(self._go_on, thread))

        question(answer)
        returned.set()
        return answered.is_set()
