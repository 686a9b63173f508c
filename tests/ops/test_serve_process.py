"""The production server places the legs that its calls ordered, even when its processes die."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from bench import outside
from bench.outside import Twilio
from bench.servers import Served, serving
from bench.town import furnished
from callcenter.storage.engine import make_engine
from callcenter.storage.migrate import upgrade
from tests.support.waiting import wait_until


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with outside.twilio() as found:
        yield found


@contextmanager
def served(tmp_path: Path, twilio: Twilio, *options: str) -> Iterator[Served]:
    """`callcenter serve` for an office that is always open, with two workers."""
    address = f"sqlite:///{tmp_path / 'office.db'}"
    engine = make_engine(address)
    upgrade(engine)
    furnished(engine)
    engine.dispose()
    with serving(address, twilio.url, tmp_path, "--workers", "2", *options) as found:
        yield found


def rings(server: Served, number: int) -> None:
    """A caller's first webhook, answered."""
    params, headers = outside.first_webhook(f"+3178614{number:04}", number)
    request = Request(f"{server.url}/webhooks/voice", urlencode(params).encode(), headers)
    assert b"<Gather" in urlopen(request, timeout=10).read()


def beside(server: Served) -> int | None:
    """The one process that is not a worker."""
    workers = server.workers()
    return next((pid for pid in server.children() if pid not in workers), None)


@pytest.mark.parametrize("options", [(), ("--no-scheduler",)], ids=["with the scheduler", "with the outbox only"])
def test_every_leg_is_placed_by_the_process_beside_the_workers(
    tmp_path: Path, twilio: Twilio, options: tuple[str, ...]
) -> None:
    with served(tmp_path, twilio, *options) as server:
        wait_until(lambda: beside(server), "the process beside the workers")
        for number in range(4):
            rings(server, number)
        wait_until(lambda: len(twilio.asked_at) >= 4, "the legs")


def test_a_leg_is_placed_although_the_process_for_it_was_killed(tmp_path: Path, twilio: Twilio) -> None:
    with served(tmp_path, twilio) as server:
        first = wait_until(lambda: beside(server), "the process beside the workers")
        os.kill(first, signal.SIGKILL)
        rings(server, 1)
        wait_until(lambda: beside(server) not in (None, first), "another one")
        wait_until(lambda: twilio.asked_at, "the leg")


def test_nothing_outlives_a_server_that_is_killed(tmp_path: Path, twilio: Twilio) -> None:
    with served(tmp_path, twilio) as server:
        wait_until(lambda: beside(server), "the process beside the workers")
        alive = server.children()
        assert len(alive) == 3
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in alive), "all to end", within_s=30)


def test_it_is_ready_once_the_process_for_the_legs_is_warm_and_again_after_that_was_killed(
    tmp_path: Path, twilio: Twilio
) -> None:
    with served(tmp_path, twilio) as server:
        wait_until(lambda: _checks(server)["dispatcher"] == "ok", "the process beside the workers", within_s=60)
        wait_until(lambda: _checks(server)["worker"] == "ok", "the worker")
        first = wait_until(lambda: beside(server), "the process beside the workers")
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: _checks(server)["dispatcher"] in ("starting", "warming up"), "that it is told")
        wait_until(lambda: _checks(server)["dispatcher"] == "ok", "another one", within_s=60)
        assert beside(server) not in (None, first)


def _checks(server: Served) -> dict[str, str]:
    try:
        with urlopen(f"{server.url}/readyz", timeout=10) as answer:
            found: dict[str, dict[str, str]] = json.load(answer)
    except HTTPError as error:
        found = json.load(error)
    return found["checks"]
