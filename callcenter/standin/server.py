"""How does an installation reach the stand-in over HTTP? Its REST side, served from threads on a port."""

import logging
import socket
import threading
from functools import partial

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from callcenter.standin.transport import WsgiApp


class _Quiet(WSGIRequestHandler):
    """Logs no request: addresses may hold numbers."""

    def log(self, type: str, message: str, *args: object) -> None:
        logging.getLogger(__name__).debug("served a request")


class Server:
    """A WSGI application on a port until `stop()`; port 0 takes a free one. Raises OSError when the port is taken."""

    def __init__(self, app: WsgiApp, host: str = "127.0.0.1", port: int = 0) -> None:
        # Bound here, not by werkzeug, which ends the whole process when the port is taken.
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
        """Take no more requests, and wait until the thread is gone."""
        self._server.shutdown()
        self._server.server_close()
        self._socket.close()
        self._thread.join(5)
