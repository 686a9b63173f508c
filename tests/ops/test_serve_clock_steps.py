"""`callcenter serve` on a host whose clock is set back while it runs: jobs, orders and `/readyz` go on."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import Engine, select

from bench import outside
from bench.outside import Twilio
from bench.servers import Served, serving
from bench.town import furnished
from callcenter.storage.engine import make_engine, make_sessions, reading
from callcenter.storage.migrate import upgrade
from callcenter.storage.records import JobRun
from schedules.jobs import JOBS
from tests.support.waiting import wait_until
from tests.support.wrong_clock import WrongClock

DAY, NOTHING = timedelta(days=1), timedelta(0)
# Those that have a second turn while a test waits.
QUICK = {job.name for job in JOBS if job.every_s <= 15}
# This Twilio has no list of calls, so this job never succeeds.
NEVER = "reconcile"
# Generous: two turns of the slowest of them, or a run that failed and is repeated, on a busy machine.
WITHIN_S = 180


class Host:
    """A host that serves the product: its clock, its jobs, and what its Twilio was asked."""

    def __init__(self, server: Served, clock: WrongClock, engine: Engine, twilio: Twilio) -> None:
        self.server, self.clock, self.twilio = server, clock, twilio
        self._sessions = make_sessions(engine)

    def ran_at(self) -> dict[str, datetime]:
        """When each job last succeeded, by the host's clock."""
        with reading(self._sessions) as session:
            rows = session.execute(select(JobRun.name, JobRun.last_success_at))
            return {row.name: row.last_success_at for row in rows if row.last_success_at is not None}

    def readiness(self) -> tuple[int, Mapping[str, str]]:
        """Status and checks of `/readyz`."""
        try:
            with urlopen(f"{self.server.url}/readyz", timeout=10) as answer:
                return answer.status, json.load(answer)["checks"]
        except HTTPError as error:
            return error.code, json.load(error)["checks"]

    def is_ready(self) -> bool:
        return self.readiness()[0] == 200

    def says_that_the_clock_stepped(self) -> bool:
        status, checks = self.readiness()
        return status == 503 and checks["job:calls"].startswith("the clock stepped back: last done ")

    def background(self) -> int:
        """The id of the process that runs jobs and outbox."""
        workers = self.server.workers()
        return next(pid for pid in self.server.children() if pid not in workers)

    def rings(self, number: int) -> None:
        """A caller's first webhook, answered."""
        params, headers = outside.first_webhook(f"+3178614{number:04}", number)
        request = Request(f"{self.server.url}/webhooks/voice", urlencode(params).encode(), headers)
        assert b"<Gather" in urlopen(request, timeout=10).read()

    def all_jobs_ran(self) -> bool:
        return {job.name for job in JOBS} - {NEVER} <= set(self.ran_at())

    def quick_jobs_ran_since(self, before: Mapping[str, datetime]) -> bool:
        """Whether each quick job succeeded at a later time of the host's clock."""
        return all(at > before[name] for name, at in self.ran_at().items() if name in QUICK)

    def jobs_ran_before(self, instant: datetime) -> bool:
        """Whether each job's last success lies before an instant, which the clock had reached when it was wrong."""
        return all(at < instant for at in self.ran_at().values())


def waits_for(look: Callable[[], object], what: str) -> object:
    """`wait_until` with this file's limit."""
    return wait_until(look, what, within_s=WITHIN_S, every_s=0.2)


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WrongClock:
    clock = WrongClock(tmp_path, NOTHING)
    for name, value in clock.environment.items():
        monkeypatch.setenv(name, value)
    return clock


@contextmanager
def a_host(tmp_path: Path, clock: WrongClock) -> Iterator[Host]:
    address = f"sqlite:///{tmp_path / 'office.db'}"
    engine = make_engine(address)
    upgrade(engine)
    furnished(engine)
    with outside.twilio() as twilio, serving(address, twilio.url, tmp_path) as server:
        host = Host(server, clock, engine, twilio)
        waits_for(host.all_jobs_ran, "the first run of each job")
        waits_for(host.is_ready, "the host to be ready")
        yield host
    engine.dispose()


def test_after_the_clock_was_set_back_each_job_keeps_its_pace(tmp_path: Path, clock: WrongClock) -> None:
    clock.is_ahead(DAY)
    with a_host(tmp_path, clock) as host:
        wrong = min(host.ran_at().values()) - timedelta(minutes=10)
        clock.is_ahead(NOTHING)
        waits_for(lambda: host.jobs_ran_before(wrong), "each job's success to be counted anew")
        first = host.ran_at()
        waits_for(lambda: host.quick_jobs_ran_since(first), "another run of each quick job")
        waits_for(host.is_ready, "the host to be ready")


def test_until_then_it_is_not_ready_and_what_was_ordered_meanwhile_is_done_at_once(
    tmp_path: Path, clock: WrongClock
) -> None:
    clock.is_ahead(DAY)
    with a_host(tmp_path, clock) as host:
        background = host.background()
        os.kill(background, signal.SIGSTOP)
        try:
            host.rings(1)
            clock.is_ahead(NOTHING)
            waits_for(host.says_that_the_clock_stepped, "/readyz to say that the clock stepped back")
            assert host.twilio.asked_at == []
        finally:
            os.kill(background, signal.SIGCONT)
        waits_for(lambda: host.twilio.asked_at, "the leg of a caller who rang tomorrow")
        waits_for(host.is_ready, "the host to be ready")


def test_a_clock_that_jumps_ahead_makes_each_job_run_at_once(tmp_path: Path, clock: WrongClock) -> None:
    with a_host(tmp_path, clock) as host:
        later = max(host.ran_at().values()) + timedelta(hours=23)
        clock.is_ahead(DAY)
        slow = [job.name for job in JOBS if job.name not in {*QUICK, NEVER}]
        waits_for(lambda: all(host.ran_at()[name] > later for name in slow), "the slow jobs")
        assert {host.readiness()[1][f"job:{name}"] for name in slow} == {"ok"}
