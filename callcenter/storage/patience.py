"""How long a thread waits for an answer of PostgreSQL before it gives the connection up.

A server that hangs, or a network that loses every packet, raises no error: the driver waits for ever, and with it the
thread, until no thread is left that could answer a caller. So each statement of a process that serves has a limit, and
the statements of one webhook have one together. At the limit the connection is closed, as if it had been lost.
"""

from collections.abc import Generator
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg

from callcenter.clock import stopwatch

T = TypeVar("T")
# For one statement, in seconds: longer than any job's or page's takes on a large database.
STATEMENT_S = 30.0
# Of PostgreSQL itself, in milliseconds. A host that froze within a transaction must not keep its rows locked for the
# other host's calls; one that waits for such a row fails before Twilio gives up.
_IDLE_IN_TRANSACTION_MS, _LOCK_MS = 10_000, 10_000
# Of the network: a peer that vanished is noticed within about twenty seconds, not after two hours.
_NETWORK = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# By the stopwatch: until when all statements of a block must be answered (`storage.engine.answers_within`). None: there
# is no block, and each statement has STATEMENT_S.
ANSWER_BY: ContextVar[float | None] = ContextVar("answer_by", default=None)


def impatient(options: str) -> dict[str, Any]:
    """Parameters of a connection whose server does not wait for us for ever either. options: the operator's own, which
    win."""
    limits = f"-c idle_in_transaction_session_timeout={_IDLE_IN_TRANSACTION_MS} -c lock_timeout={_LOCK_MS}"
    return {**_NETWORK, "options": f"{limits} {options}".rstrip()}


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when an answer does not come in time."""

    def wait(self, gen: Generator[Any, Any, T], *arguments: Any, **named: Any) -> T:
        """Wait for the server as the driver does, but not longer. Raises psycopg.OperationalError."""
        limit = stopwatch() + STATEMENT_S
        answer_by = ANSWER_BY.get()
        limited: Any = _Limited(gen, limit if answer_by is None else min(limit, answer_by))
        try:
            found: T = super().wait(limited, *arguments, **named)
        except _TooLate:
            self.close()
            raise psycopg.OperationalError("the database did not answer in time") from None
        return found


class _TooLate(Exception):
    """The limit has passed without an answer."""


class _Limited:
    """The driver's generator, which is asked at least ten times a second whether there is an answer."""

    __slots__ = ("_gen", "_limit")

    def __init__(self, gen: Generator[Any, Any, Any], limit: float) -> None:
        self._gen, self._limit = gen, limit

    def __iter__(self) -> "_Limited":
        return self

    def __next__(self) -> Any:
        return next(self._gen)

    def send(self, ready: Any) -> Any:
        if not ready and stopwatch() >= self._limit:
            raise _TooLate
        return self._gen.send(ready)
