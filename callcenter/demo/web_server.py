"""Serves the demo's app over HTTP, on the loopback interface only."""

import logging
import socket
import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from callcenter.errors import CallcenterError

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Logs no requests, because their addresses may hold telephone numbers."""

    def log(self, type: str, message: str, *args: object) -> None:
        logging.getLogger(__name__).debug("served a request")


class PortTaken(CallcenterError):
    """Another program listens on this port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use: choose another with --port")


def refuse_taken_port(port: int) -> None:
    """Raise PortTaken before the days are simulated, instead of afterwards."""
    with socket.socket() as probe:
        # As the server does: a port whose last connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortTaken(port) from None


class WebServer:
    """Serves an app in threads until `stop()` is called."""

    def __init__(self, app: Flask, port: int) -> None:
        try:
            self._server: BaseWSGIServer = make_server(HOST, port, app, threaded=True, request_handler=_Quiet)
        except (OSError, SystemExit):
            raise PortTaken(port) from None
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        # Seconds between checks whether to stop.
        self._server.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(1)
