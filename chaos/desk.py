"""The team at its desks: it presses "ring back" at callbacks, as people do while the hosts come and go."""

import threading
from contextlib import suppress

import requests


class Desk:
    """Presses one open callback every `every_s` seconds, through the API, until `stop`. pressed: how many it took."""

    def __init__(self, url: str, token: str, every_s: float) -> None:
        self._url, self._every_s = f"{url}/api/v1/callbacks", every_s
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._stopped = threading.Event()
        self.pressed = 0
        self._thread = threading.Thread(target=self._work, name="desk", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Press no more."""
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopped.wait(self._every_s):
            with suppress(requests.RequestException, ValueError):
                self._press()

    def _press(self) -> None:
        found = self._session.get(self._url, params={"state": "open", "limit": "20"}, timeout=5)
        if found.status_code != 200:
            return
        for callback in found.json()["items"]:
            if not callback["attempts"]:
                answer = self._session.post(f"{self._url}/{callback['id']}/call", json={}, timeout=5)
                self.pressed += answer.status_code in (200, 202)
                return
