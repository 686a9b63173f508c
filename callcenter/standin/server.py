"""Serves the REST API over HTTP, for installations in other processes."""

import logging
import socket
import threading
from functools import partial

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from callcenter.standin.transport import WsgiApp


class _Quiet(WSGIRequestHandler):
    """Does not log addresses, which may hold telephone numbers."""

    def log(self, type: str, message: str, *args: object) -> None:
        logging.getLogger(__name__).debug("served a request")


class Server:
    """Serves a WSGI application from threads until `stop()`. port: 0 takes a free one.

    Raises OSError when the port is taken.
    """

    def __init__(self, app: WsgiApp, host: str = "127.0.0.1", port: int = 0) -> None:
        # werkzeug would end the whole process when the port is taken, so we bind it.
        self._socket = socket.create_server((host, port))
        self.host, self.port = host, self._socket.getsockname()[1]
        self._server: BaseWSGIServer = make_server(
            host, self.port, app, threaded=True, request_handler=_Quiet, fd=self._socket.fileno()
        )
        serve = partial(self._server.serve_forever, poll_interval=0.05)
        self._thread = threading.Thread(target=serve, name="standin-rest", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def stop(self) -> None:
        """Take no more requests, and wait for the thread to end."""
        self._server.shutdown()
        self._server.server_close()
        self._socket.close()
        self._thread.join(5)
