"""How does a browser reach the demo? The same app, over HTTP on the loopback alone, from threads."""

import logging
import socket
import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from callcenter.errors import CallcenterError

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Logs no request: addresses may hold numbers."""

    def log(self, type: str, message: str, *args: object) -> None:
        logging.getLogger(__name__).debug("served a request")


class PortTaken(CallcenterError):
    """Something else listens there."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use: choose another with --port")


def refuse_taken_port(port: int) -> None:
    """Raises PortTaken now rather than after all days have been lived."""
    with socket.socket() as probe:
        # As the server will: a port whose last connections are only fading out is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortTaken(port) from None


class WebServer:
    """Serves an app until `stop()`; its threads die with the process."""

    def __init__(self, app: Flask, port: int) -> None:
        try:
            self._server: BaseWSGIServer = make_server(HOST, port, app, threaded=True, request_handler=_Quiet)
        except (OSError, SystemExit):
            raise PortTaken(port) from None
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        # How often it looks whether it must stop, in seconds.
        self._server.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """Take no more requests."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(1)
