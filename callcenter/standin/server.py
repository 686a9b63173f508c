"""How does an installation reach the stand-in over HTTP? Its REST side, served from threads on a port."""

import logging
import threading

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from callcenter.standin.transport import WsgiApp


class _Quiet(WSGIRequestHandler):
    """Logs no request: addresses may hold numbers."""

    def log(self, type: str, message: str, *args: object) -> None:
        logging.getLogger(__name__).debug("served a request")


class Server:
    """A WSGI application on a port until `stop()`. port 0 takes a free one; see `url`."""

    def __init__(self, app: WsgiApp, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server: BaseWSGIServer = make_server(host, port, app, threaded=True, request_handler=_Quiet)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, name="standin-rest", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{self._server.host}:{self._server.port}"

    def stop(self) -> None:
        """Take no more requests, and wait until the thread is gone."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
