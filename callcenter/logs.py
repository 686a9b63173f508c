"""How every process writes its log: one line an event, no secret in it, and no line that a stranger could forge.

The handler of `configure_logging` gets the records of our own code and of all libraries, so nothing here depends on
who logs.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from callcenter.clock import stopwatch

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# They log requests with their addresses and telephone numbers; flask_wtf writes a line for each form without a token,
# so a stranger could fill the log.
_NOISY = ("twilio", "urllib3", "httpx", "flask_wtf")
# Everything that ends a line, moves a terminal's cursor, or cannot be encoded.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# By module, the names of the errors that mean "the database does not answer, or refuses for now". They are known by
# name, so that a command that needs no database need not import one.
_AWAY = {
    "sqlalchemy.exc": {"OperationalError", "InterfaceError", "TimeoutError"},
    "sqlite3": {"OperationalError"},
    "psycopg": {"OperationalError", "InterfaceError"},
    "callcenter.errors": {"DatabaseBusy"},
}
# The same for "whom we talk to has gone".
_GONE = {
    "builtins": {"ConnectionError"},
    "gunicorn.http.errors": {"NoMoreData", "InvalidChunkSize", "ChunkMissingTerminator", "InvalidChunkExtension"},
}
_LONGEST_REASON = 160
# The lines of one kind: so many at once, and afterwards so many a second.
BURST, PER_SECOND = 50, 5.0
# Texts that a library made with a value in it would be a kind each. Beyond this number they start anew.
_MOST_KINDS = 1000


def configure_logging(stream: TextIO | None = None) -> None:
    """Let all logs go to standard error (or a stream) as this module describes. Libraries log warnings only."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(OneLine(_FORMAT))
    handler.addFilter(Brake(stopwatch))
    threading.excepthook = _thread_ended
    root = logging.getLogger()
    for other in root.handlers[:]:
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def tame_last_resort() -> None:
    """Let Python's own handler, which prints a command's warnings, escape them and leave messages of errors out."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(OneLine("%(message)s"))


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    name = ended.thread.name if ended.thread is not None else "unknown"
    error = ended.exc_value or ended.exc_type()
    logging.getLogger(__name__).error("thread %s ended", name, exc_info=error)


def escaped(text: str) -> str:
    """The text in one line: control characters as Python writes them, such as `\\n` and `\\x1b`."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def database_away(error: BaseException | None) -> str | None:
    """Why the database did not do what was asked, in a few words without values; None when something else failed."""
    return _named(error, _AWAY)


def _named(error: BaseException | None, names: Mapping[str, Collection[str]]) -> str | None:
    for one in _chain(error):
        if any(kind.__name__ in names.get(kind.__module__, ()) for kind in type(one).__mro__):
            return _reason(one)
    return None


def _reason(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    said = str(cause).strip().partition("\n")[0]
    return escaped(f"{type(cause).__name__}: {said}" if said else type(cause).__name__)[:_LONGEST_REASON]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and its causes, newest first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


class OneLine(logging.Formatter):
    """Writes a record as one line, and below it the frames of an error that may be a fault of the program.

    An error of the surroundings (the database is away, a client went) is named in the line. Of any other error the
    places are written and its kind, never its message: that holds what somebody sent or stored.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The text of a record. The record itself stays as it is, for other handlers."""
        error = record.exc_info[1] if record.exc_info else None
        outside = database_away(error) or _named(error, _GONE)
        shown = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        shown.msg, shown.args = escaped(_message(record)) + (f": {outside}" if outside else ""), None
        unsaid = getattr(record, "unsaid", 0)
        line = super().format(shown) + (f" ({unsaid} more like this were not logged)" if unsaid else "")
        return line if error is None or outside else f"{line}\n{frames(error)}"


def _message(record: logging.LogRecord) -> str:
    """The record's text. The message of an error among its arguments is left out in favour of its kind."""
    if isinstance(record.msg, BaseException):
        return type(record.msg).__name__
    return record.getMessage()


def frames(error: BaseException) -> str:
    """Kind and places of an error and of those behind it, oldest first, without their messages."""
    return "\n".join(
        f"{''.join(traceback.format_tb(one.__traceback__))}{type(one).__module__}.{type(one).__qualname__}"
        for one in reversed(list(_chain(error)))
    )


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float
    unsaid: int = 0


class Brake(logging.Filter):
    """Lets a kind of warning or error be logged `BURST` times at once and `PER_SECOND` afterwards; the rest is counted.

    A kind is: where it was logged, its words without what they are about, and the kind of its error. The next line of
    the kind says how many were left out. counter: monotonic seconds.
    """

    def __init__(self, counter: Callable[[], float]) -> None:
        super().__init__()
        self._counter = counter
        self._buckets: dict[tuple[object, ...], _Bucket] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if record.levelno < logging.WARNING:
            return True
        if len(self._buckets) > _MOST_KINDS:
            self._buckets.clear()
        now = self._counter()
        kind = (record.name, str(record.msg), record.exc_info[0] if record.exc_info else None)
        bucket = self._buckets.setdefault(kind, _Bucket(BURST, now))
        bucket.left = min(BURST, bucket.left + (now - bucket.at_s) * PER_SECOND)
        bucket.at_s = now
        if bucket.left < 1:
            bucket.unsaid += 1
            return False
        bucket.left -= 1
        record.unsaid, bucket.unsaid = bucket.unsaid, 0
        return True
