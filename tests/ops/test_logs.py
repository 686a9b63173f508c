"""The log holds one line an event, no secret and no forged line, and a flood of failures is counted, not written."""

import io
import logging
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DataError, OperationalError

from callcenter.logs import BURST, PER_SECOND, Brake, OneLine, configure_logging, database_away, escaped
from callcenter.server_log import ServerLog

SECRET = "U4pPkUxGsecret"
CALLER = "+31612345678"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the process writes to its log."""
    root, hook = logging.getLogger(), threading.excepthook
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(stream)
    yield stream
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)


def raised(error: Exception) -> Exception:
    """The error as somebody caught it, with its place."""
    try:
        raise error
    except Exception as caught:
        return caught


def test_what_a_stranger_sends_stays_one_line_without_escapes(written: io.StringIO) -> None:
    sent = "x\n2027-06-08 10:00:00 INFO login ok\x1b[31mred\x9b\u2028\u202e\0"
    logging.getLogger("any").warning("not found: %s", sent)
    (line,) = written.getvalue().splitlines()
    assert line.endswith(r"not found: x\n2027-06-08 10:00:00 INFO login ok\x1b[31mred\x9b\u2028\u202e\x00")


@given(st.text())
def test_no_text_makes_a_second_line_or_moves_the_cursor(text: str) -> None:
    shown = escaped(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    shown.encode()


def test_a_fault_of_the_program_is_logged_with_its_places_and_without_what_was_sent(written: io.StringIO) -> None:
    try:
        try:
            int(SECRET)
        except ValueError as error:
            raise KeyError(CALLER + SECRET) from error
    except KeyError:
        logging.getLogger("any").exception("%s %s failed", "GET", "calendar.feed")
    text = written.getvalue()
    assert "GET calendar.feed failed\n" in text
    assert "test_logs.py" in text
    assert [line for line in text.splitlines() if line.startswith("builtins.")] == [
        "builtins.ValueError",
        "builtins.KeyError",
    ]
    assert SECRET not in text.replace("int(SECRET)", "")
    assert CALLER not in text


def test_a_database_that_is_away_takes_one_line_with_the_reason(written: io.StringIO) -> None:
    away = OperationalError("SELECT 1", {}, sqlite3.OperationalError("unable to open database file\nmore"))
    behind = raised(RuntimeError("wrapped"))
    behind.__cause__ = away
    for error in (away, behind):
        logging.getLogger("any").error("webhook %s failed", "voice", exc_info=error)
    lines = written.getvalue().splitlines()
    assert len(lines) == 2
    assert all(line.endswith("webhook voice failed: OperationalError: unable to open database file") for line in lines)


def test_a_value_that_the_database_refuses_is_a_fault_and_not_an_absence() -> None:
    assert database_away(DataError("INSERT", {}, Exception("invalid input: 0612345678"))) is None
    assert database_away(raised(ZeroDivisionError())) is None
    assert database_away(sqlite3.OperationalError("database is locked")) == "OperationalError: database is locked"


def test_a_client_that_hangs_up_takes_one_line(written: io.StringIO) -> None:
    logging.getLogger("any").error("POST %s failed", "login.enter", exc_info=raised(ConnectionResetError(104, "gone")))
    assert len(written.getvalue().splitlines()) == 1


def test_a_thread_that_ends_is_named(written: io.StringIO) -> None:
    thread = threading.Thread(target=lambda: int(SECRET), name="job-sweep")
    thread.start()
    thread.join()
    assert "thread job-sweep ended" in written.getvalue()
    assert SECRET not in written.getvalue().replace("int(SECRET)", "")


def a_record(words: str, about: str, error: Exception | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, None) if error else None
    return logging.LogRecord("webhooks.door", logging.ERROR, __file__, 1, words, (about,), exc_info)


def test_a_flood_of_one_kind_is_cut_and_the_next_line_says_how_much() -> None:
    at = [0.0]
    brake = Brake(lambda: at[0])
    flood = [brake.filter(a_record("webhook %s failed", f"w{n}", OSError())) for n in range(20_000)]
    assert sum(flood) == BURST
    assert brake.filter(a_record("job %s failed", "sweep", OSError())), "another kind is not cut"
    at[0] += 1 / PER_SECOND
    following = a_record("webhook %s failed", "voice", OSError())
    assert brake.filter(following)
    assert (
        OneLine("%(message)s")
        .format(following)
        .startswith(f"webhook voice failed ({20_000 - BURST} more like this were not logged)")
    )
    at[0] += 3600
    assert sum(brake.filter(a_record("webhook %s failed", "w")) for _ in range(BURST + 1)) == BURST


def test_what_is_no_warning_is_never_cut() -> None:
    brake = Brake(lambda: 0.0)
    record = a_record("started %s", "x")
    record.levelno = logging.INFO
    assert all(brake.filter(record) for _ in range(BURST * 3))


def test_gunicorn_logs_no_address_and_no_bytes_of_a_request(written: io.StringIO) -> None:
    log: Any = ServerLog(Config())
    try:
        int(SECRET)
    except ValueError as error:
        log.exception("Error handling request %s", f"/calendar/{SECRET}.ics")
        log.exception("Error handling request %s %s", "GET", f"/calendar/{SECRET}.ics")
        log.exception(error)
    log.warning(f"Invalid request from ip=10.0.0.9: Invalid HTTP request line: 'GET /calendar/{SECRET}.ics'")
    log.info("Listening at: %s", "http://127.0.0.1:8000")
    text = written.getvalue()
    assert SECRET not in text.replace("int(SECRET)", "")
    assert "a request from 10.0.0.9 is no HTTP" in text
    assert "Listening at: http://127.0.0.1:8000" in text
    assert not log.access_log.handlers
