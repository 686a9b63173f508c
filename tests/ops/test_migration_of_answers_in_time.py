"""After an upgrade, each call was answered in time or not by the service level of its own rota version."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, MetaData, select

from callcenter.storage.migrate import upgrade
from tests.support.upgrades import an_old_call, an_old_callback, stored, to_the_step_before

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
SUBJECT = "one_definition_of_the_figures"
POLICIES = {
    "fast": {"policy.toml": b"[figures]\nservice_level_s = 15\n"},
    "patient": {"lijn.toml": "# café\r\n[figures]\r\nservice_level_s = 60\r\n".encode("cp1252")},
    "silent": {"policy.toml": b"\xef\xbb\xbf[open]\n"},
    "damaged": {"policy.toml": b"[figures"},
    "without": {},
}
CALLS: dict[str, dict[str, Any]] = {
    "answered in time": {"outcome": "answered", "wait_s": 15.0, "version": "fast", "in_time": True},
    "answered a tenth late": {"outcome": "answered", "wait_s": 15.1, "version": "fast", "in_time": False},
    "answered by another policy": {"outcome": "answered", "wait_s": 60.0, "version": "patient", "in_time": True},
    "answered by the usual level": {"outcome": "answered", "wait_s": 30.0, "version": "silent", "in_time": True},
    "answered late by it": {"outcome": "answered", "wait_s": 31.0, "version": "damaged", "in_time": False},
    "answered under files without policy": {
        "outcome": "answered",
        "wait_s": 9.0,
        "version": "without",
        "in_time": True,
    },
    "answered without a rota": {"outcome": "answered", "wait_s": 1.0, "version": None, "in_time": False},
    "missed": {"outcome": "missed", "wait_s": 3.0, "version": "fast", "in_time": False},
    "out of hours": {"outcome": "closed", "wait_s": 3.0, "version": "fast", "counted": False, "in_time": None},
    "under way": {"outcome": None, "wait_s": None, "version": "fast", "counted": False, "in_time": None},
}


@pytest.fixture
def upgraded(empty_database_url: str, open_engine: Callable[[str], Engine]) -> Engine:
    """A database with calls of five policies, after the upgrade."""
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        to_the_step_before(connection, SUBJECT)
        _fill(connection)
    upgrade(engine)
    return engine


def _fill(connection: Connection) -> None:
    tables = MetaData()
    tables.reflect(connection)
    line, call, version = (tables.tables[name] for name in ("line", "call", "rota_version"))
    line_id = stored(connection, line, number="+31858880000", name="RBL", created_at=NOW)
    versions: dict[str | None, int | None] = {None: None}
    for name, files in POLICIES.items():
        kept = {file: base64.b64encode(data).decode("ascii") for file, data in files.items()}
        versions[name] = stored(connection, version, loaded_at=NOW, author="lead", sha256=name, files=kept)
    for name, one in CALLS.items():
        more = {
            "call_sid": f"CA{name}",
            "line_id": line_id,
            "group": "school",
            "ended_at": NOW,
            "wants_callback": False,
        }
        facts = {"outcome": one["outcome"], "wait_s": one["wait_s"], "counted": one.get("counted", True)}
        stored(connection, call, **an_old_call(NOW, **more, **facts, rota_version_id=versions[one["version"]]))
    callback_id = stored(
        connection,
        tables.tables["callback"],
        **an_old_callback(NOW, line_id=line_id, group="school", number=None, reason="missed"),
    )
    for due_at, kept_at in (
        (NOW.replace(year=2020), None),
        (NOW.replace(year=2100), NOW),
        (NOW.replace(year=2100), None),
    ):
        values = {"callback_id": callback_id, "made_at": NOW, "due_at": due_at, "kept_at": kept_at}
        stored(connection, tables.tables["promised_time"], **values)


def test_each_call_is_judged_by_its_own_policy(upgraded: Engine) -> None:
    tables = MetaData()
    tables.reflect(upgraded)
    call = tables.tables["call"]
    with upgraded.connect() as connection:
        found = {
            sid.removeprefix("CA"): in_time
            for sid, in_time in connection.execute(select(call.c.call_sid, call.c.in_time))
        }
    assert found == {name: one["in_time"] for name, one in CALLS.items()}


def test_promised_times_that_lie_ahead_are_still_to_be_counted(upgraded: Engine) -> None:
    tables = MetaData()
    tables.reflect(upgraded)
    time = tables.tables["promised_time"]
    with upgraded.connect() as connection:
        counted = [at is not None for at in connection.scalars(select(time.c.counted_at).order_by(time.c.id))]
    assert counted == [True, True, False]
