"""`callcenter demo` is one process with pages, logins, figures and live calls, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from callcenter.clock import stopwatch
from tests.support.waiting import wait_until

COMMAND = [sys.executable, "-c", "from callcenter.cli import main; main()", "demo", "--days", "1"]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def demo(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "here").mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TWILIO_", "CALLCENTER_"))}
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port)],
        cwd=tmp_path / "here",
        env={**environment, "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def told(process: subprocess.Popen[str], words: str) -> str:
    """All output of the demo up to a line with these words."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def calls(browser: OpenerDirector, address: str) -> float:
    metrics = browser.open(f"{address}/metrics").read().decode()
    return sum(float(n) for n in re.findall(r"^callcenter_calls_(?:total|in_progress)\{.*\} (\S+)$", metrics, re.M))


def test_from_start_to_a_board_with_live_calls_and_back_to_nothing(
    demo: subprocess.Popen[str], tmp_path: Path, port: int
) -> None:
    printed = told(demo, "Ctrl-C")
    address = f"http://127.0.0.1:{port}"
    assert address in printed
    login = re.search(r"lead +(\S+@\S+) +(\S+)", printed)
    assert login is not None

    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{address}/").read().decode()
    assert login[2] in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "email": login[1], "password": login[2]}
    board = browser.open(f"{address}/inloggen", urlencode(form).encode())
    assert board.url == f"{address}/"

    before = calls(browser, address)
    assert before >= 50
    wait_until(lambda: calls(browser, address) > before, "a live call", within_s=20, every_s=0.5)

    demo.send_signal(signal.SIGINT)
    assert demo.wait(10) == 0
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_stopped_while_it_lives_its_past(
    demo: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    wait_until(lambda: any((tmp_path / "tmp").iterdir()), "its folder", within_s=60)

    began = stopwatch()
    demo.send_signal(number)

    assert demo.wait(15) == 0
    assert stopwatch() - began < 10
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_port_in_use_is_told_in_one_line_before_anything_is_lived(port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()

        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"callcenter: port {port} is in use: choose another with --port"]
