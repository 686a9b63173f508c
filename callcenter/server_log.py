"""What gunicorn writes to the log: through our own handler, and never the address or the bytes of a request."""

from typing import Any

from gunicorn.glogging import Logger

# gunicorn's sentence about a request that is no HTTP; the request's own bytes follow.
_NO_HTTP = "Invalid request from ip="


class ServerLog(Logger):
    """gunicorn's log without its own handlers: the root's, which `configure_logging` sets, writes its records.

    An address may hold a secret (`/calendar/SECRET.ics`), and so may the first line of what is no HTTP request. So the
    access log stays off.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def exception(self, msg: Any, *args: Any, **more: Any) -> None:
        """Log an error without what the words are about, which is the address of a request."""
        words = type(msg).__name__ if isinstance(msg, BaseException) else str(msg).partition(" %s")[0]
        self.error_log.exception(words, **more)

    def warning(self, msg: Any, *args: Any, **more: Any) -> None:
        """Log a warning. Of a request that is no HTTP only the client's address is logged."""
        if str(msg).startswith(_NO_HTTP):
            client = str(msg).removeprefix(_NO_HTTP).partition(": ")[0]
            self.error_log.warning("a request from %s is no HTTP", client)
        else:
            self.error_log.warning(msg, *args, **more)
