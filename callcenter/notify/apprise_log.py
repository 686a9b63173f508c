"""Keeps Apprise's log out of ours, since it names addresses, and lets the code that sends a message read it.

A filter on the logger itself drops every record, so that no handler of any tool sees one.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Reader = Callable[[logging.LogRecord], object]
_LOGGER = logging.getLogger("apprise")
_here = threading.local()


class _Dropped(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Show the record to the reader of this thread, and drop it."""
        reader: Reader | None = getattr(_here, "reader", None)
        if reader is not None:
            reader(record)
        return False


_LOGGER.addFilter(_Dropped())
_LOGGER.propagate = False  # also what loggers below it would say
_LOGGER.addHandler(logging.NullHandler())
# Some plugins log the error that they caught at this level only.
_LOGGER.setLevel(logging.DEBUG)
# It warns of web servers whose answers are malformed, and names their addresses.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


@contextmanager
def reading(reader: Reader) -> Iterator[None]:
    """Call the reader with each record that Apprise logs in this thread, in the place where it logs it."""
    _here.reader = reader
    try:
        yield
    finally:
        _here.reader = None


def silent_apprise() -> Any:
    """The class Apprise. It is imported when it is first needed, which takes a tenth of a second."""
    from apprise import Apprise

    return Apprise
