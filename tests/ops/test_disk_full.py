"""A full disk under SQLite: the fallback takes callers, nothing stored is hurt, and calls go on when there is room.

The limit on the size of files (RLIMIT_FSIZE) plays the full disk: it is set on running processes, and needs no mount.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from sqlalchemy import select, text

from bench import outside
from bench.servers import Served, serving
from bench.town import AUTH_TOKEN, PUBLIC_URL, furnished
from callcenter.calls.call import Call
from callcenter.standin.twilio.signing import signature
from callcenter.storage.engine import make_engine
from callcenter.storage.migrate import upgrade
from tests.support.waiting import wait_until

# Less than any database: each write to it, or to its log, fails.
FULL = 4096


@contextmanager
def full_disk(server: Served) -> Iterator[None]:
    """No process of the server can write."""
    pids = server.children()
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FULL, hard))
    yield
    for pid, limits in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def rings(server: Served, number: int, path: str = "/webhooks/voice") -> tuple[int, bytes]:
    """Status and document of a caller's first webhook."""
    params, _ = outside.first_webhook(f"+3178614{number:04}", number)
    signed = signature(AUTH_TOKEN, f"{PUBLIC_URL}{path}", params)
    request = Request(f"{server.url}{path}", urlencode(params).encode(), {"X-Twilio-Signature": signed})
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def test_callers_leave_messages_while_the_disk_is_full_and_calls_go_on_when_it_is_not(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'office.db'}"
    engine = make_engine(address)
    upgrade(engine)
    furnished(engine)
    with outside.twilio() as twilio, serving(address, twilio.url, tmp_path) as server:
        wait_until(lambda: len(server.children()) == 2, "the process beside the worker")
        assert rings(server, 1)[0] == 200
        wait_until(lambda: twilio.asked_at, "the leg of the first caller", within_s=60)
        with full_disk(server):
            assert rings(server, 2)[0] == 500
            status, document = rings(server, 2, "/webhooks/voice/fallback")
            assert (status, b"<Record" in document) == (200, True)
            assert urlopen(f"{server.url}/healthz", timeout=30).status == 200
        legs = len(twilio.asked_at)
        assert rings(server, 2)[0] == 200
        wait_until(lambda: len(twilio.asked_at) > legs, "the leg of the second caller", within_s=60)
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        assert connection.scalars(select(Call.call_sid).order_by(Call.id)).all() == [f"CA{n:032x}" for n in (1, 2)]
    engine.dispose()
