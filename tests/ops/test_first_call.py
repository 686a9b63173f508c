"""The first call after a start is as fast as later ones, and `/readyz` waits until it would be."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from bench import outside
from bench.town import SETTINGS, furnished
from callcenter.app import make_app, make_office
from callcenter.calls.call import Call
from callcenter.clock import SystemClock
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from callcenter.rehearsal import rehearse_orders, rehearse_requests
from callcenter.settings import Settings
from callcenter.storage.engine import make_engine
from callcenter.storage.records import MetricTotal
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.twilio_api import TwilioApi, make_client
from callcenter.warming import ReadinessFile, WarmWorker, retry_pause_s, warm_dispatcher
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]


@contextmanager
def cold_process(role: str, address: str, twilio: str, *, warm: bool = True) -> Iterator[Any]:
    """Starts a fresh process; called with the work to do in it."""
    command = [sys.executable, "-m", "tests.support.cold_process", role, "warm" if warm else "cold"]
    settings = {**SETTINGS, "CALLCENTER_DATABASE_URL": address, "TWILIO_API_BASE_URL": twilio}
    environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        out, into = process.stdout, process.stdin
        assert out.readline() == "ready\n"

        def do(what: dict[str, Any]) -> dict[str, Any]:
            into.write(json.dumps(what) + "\n")
            into.flush()
            found: dict[str, Any] = json.loads(out.readline())
            return found

        yield do
        into.close()


@pytest.fixture
def twilio() -> Iterator[str]:
    """The address of a Twilio that accepts every request."""
    with outside.twilio() as found:
        yield found.url


def first_webhook(caller: str, number: int = 1) -> dict[str, Any]:
    params, headers = outside.first_webhook(caller, number)
    return {"path": "/webhooks/voice", "params": params, "headers": headers}


@pytest.mark.parametrize("caller", ["a school", "+31201234567"])
def test_the_first_call_of_a_warm_worker_loads_nothing_and_compiles_nothing(
    database_url: str, twilio: str, caller: str
) -> None:
    engine = make_engine(database_url)
    schools = furnished(engine)
    engine.dispose()
    with cold_process("worker", database_url, twilio) as worker:
        told = worker(first_webhook(schools[0] if caller == "a school" else caller))
    assert told["result"].startswith("200 ")
    assert "<Gather" in told["result"]
    assert told["loaded"] == []
    assert told["compiled"] == []


def test_a_cold_one_has_much_to_load(sqlite_url: str, twilio: str) -> None:
    engine = make_engine(sqlite_url)
    furnished(engine)
    engine.dispose()
    with cold_process("worker", sqlite_url, twilio, warm=False) as worker:
        told = worker(first_webhook("+31201234567"))
    assert len(told["loaded"]) > 5
    assert len(told["compiled"]) > 5


def test_the_first_legs_of_a_warm_dispatcher_load_nothing_and_compile_nothing(database_url: str, twilio: str) -> None:
    engine = make_engine(database_url)
    furnished(engine)
    with cold_process("dispatcher", database_url, twilio) as dispatcher:
        office = make_office(_settings(database_url), SystemClock(), engine)
        request = first_webhook("+31201234567")
        answer = (
            make_app(office).test_client().post("/webhooks/voice", data=request["params"], headers=request["headers"])
        )
        assert answer.status_code == 200
        told = dispatcher({})
    with office.sessions() as session:
        assert set(session.scalars(select(OutboxMessage.state))) == {"done"}
    engine.dispose()
    assert told["result"] >= 1
    assert told["loaded"] == []
    assert told["compiled"] == []


def _settings(database_url: str = "sqlite:///unused.db", **more: str) -> Settings:
    values: dict[str, Any] = {**SETTINGS, "CALLCENTER_DATABASE_URL": database_url, **more}
    return Settings(**values, _env_file=None)


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    furnished(sqlite_engine)
    return make_office(_settings(), SystemClock(), sqlite_engine)


def test_a_rehearsal_leaves_nothing_behind(office: Office) -> None:
    app = make_app(office)
    before = dict(app.extensions)
    woken: list[bool] = []
    office.wake = lambda: woken.append(True)
    rehearse_requests(app, office)
    rehearse_orders(office)
    assert app.extensions == before
    assert woken == []
    assert not office.totals.waiting
    with office.sessions() as session:
        for table in (Call, OutboxMessage, ConsultantState, MetricTotal):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_worker_waits_for_a_database_that_is_away_and_is_warm_when_it_is_back(
    sqlite_url: str, tmp_path: Path
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    away = file.rename(tmp_path / "away.db")
    engine = make_engine(f"sqlite:///{tmp_path / 'folder' / 'office.db'}")
    office = make_office(_settings(), SystemClock(), engine)
    app = make_app(office)
    worker = WarmWorker(app, office, None)
    app.extensions["callcenter_readiness"] = worker.readiness
    worker.start()
    wait_until(lambda: worker.readiness()["worker"][1].startswith("waits for the database"), "the worker to say so")
    assert app.test_client().get("/readyz").status_code == 503

    (tmp_path / "folder").mkdir()
    away.rename(tmp_path / "folder" / "office.db")
    wait_until(lambda: worker.readiness()["worker"] == (True, "ok"), "the worker to be warm")
    assert app.test_client().get("/readyz").get_json()["checks"]["worker"] == "ok"
    engine.dispose()


def test_nobody_is_ready_before_the_process_for_the_legs_is(office: Office) -> None:
    app, sign = make_app(office), ReadinessFile()
    worker = WarmWorker(app, office, sign)
    app.extensions["callcenter_readiness"] = worker.readiness
    app.extensions["callcenter_jobs"] = {}
    worker.start()
    wait_until(lambda: worker.readiness()["worker"][0], "the worker to be warm")

    def ready() -> tuple[int, str]:
        answer = app.test_client().get("/readyz")
        return answer.status_code, answer.get_json()["checks"]["dispatcher"]

    assert ready() == (503, "not started yet")
    beside = ReadinessFile(sign.fd)  # the other end of the pipe, in another process
    beside.write(False, "warming up")
    assert ready() == (503, "warming up")
    beside.write(True, "ok")
    assert ready() == (200, "ok")
    beside.write(True, "Twilio is not reached (connect): mobiles ring later, one by one")
    assert ready() == (200, "Twilio is not reached (connect): mobiles ring later, one by one")


def test_a_twilio_that_stays_away_is_tried_ever_more_seldom() -> None:
    assert [retry_pause_s(1.0, failures) for failures in (0, 0, 1, 2, 3, 6, 5000)] == [1, 1, 2, 4, 8, 60, 60]


def test_a_twilio_that_is_away_is_told_and_waited_for_only_so_long(office: Office) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    twilio = TwilioApi(make_client(_settings(TWILIO_API_BASE_URL=f"http://127.0.0.1:{port}")))
    said: list[tuple[bool, str]] = []
    back = threading.Event()

    def say(holds: bool, text: str) -> None:
        said.append((holds, text))
        if holds and text != "ok" and not back.is_set():
            back.set()
            threading.Thread(target=server.serve_forever, daemon=True).start()

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(401)

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", port), Refusing, bind_and_activate=False)
    server.allow_reuse_address = True

    def appear(holds: bool, text: str) -> None:
        if holds and text != "ok" and not back.is_set():
            server.server_bind()
            server.server_activate()
        say(holds, text)

    warm_dispatcher(office, twilio, appear, within_s=0.2, retry_every_s=0.05)
    server.shutdown()
    server.server_close()
    away = "Twilio is not reached (connect): mobiles ring later, one by one"
    assert said[0] == (False, "warming up")
    assert said.index((False, away)) < said.index((True, away))
    assert said[-1] == (True, "ok")  # a refusal shows that Twilio is reachable; `twilio check` tests the token
