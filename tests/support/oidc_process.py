"""A real OpenID Connect server (oidc-provider-mock from PyPI) as a process of its own.

It comes with the other packages for tests, needs no Node.js, and refuses unknown clients and addresses, wrong secrets,
missing nonces and codes that were used. Proof keys (PKCE) it does not check; `forging_provider` does.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

from tests.support.waiting import wait_until


def free_port() -> int:
    """A port of this machine that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def oidc_server(*people: Mapping[str, Any]) -> Iterator[str]:
    """The issuer's address. people: the claims of each, with `sub`. It takes registered clients and nonces only."""
    port = free_port()
    known = [option for person in people for option in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-registration", "true"]
    process = subprocess.Popen([*command, "--require-nonce", "true", *known], stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(issuer), "the OpenID Connect server to start", within_s=60, every_s=0.1)
        yield issuer
    finally:
        process.terminate()
        process.wait()


def register(issuer: str, redirect_uri: str) -> tuple[str, str]:
    """Register a client with this address to come back to. Returns its id and secret."""
    answer = requests.post(f"{issuer}/oauth2/clients", json={"redirect_uris": [redirect_uri]}, timeout=30)
    answer.raise_for_status()
    return answer.json()["client_id"], answer.json()["client_secret"]


def _answers(issuer: str) -> bool:
    try:
        return requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).ok
    except requests.ConnectionError:
        return False
