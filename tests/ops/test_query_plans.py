"""No statement on the path of a call scans a table that grows with history."""

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import Engine, event

from bench.history import Size, write_history
from bench.town import known_schools
from callcenter.access.users import add_user
from callcenter.lines.register import add
from callcenter.routing.sweep import run_sweep
from callcenter.storage.clock_steps import move_back
from callcenter.storage.engine import make_engine, make_sessions
from schedules import clock_steps
from tests.support.databases import PostgresqlServer
from tests.support.town import LINE, SCHOOL, TUESDAY_MORNING, MakeTown, Town
from tests.web.conftest import token_of
from tests.web.seed import PASSWORD

# Enough rows that a planner with statistics uses an index wherever there is one.
PAST = Size(calls=12_000, callbacks=8_000)
SCHOOLS = 1_500
GROWING = frozenset(
    {"call", "leg", "call_decision", "receipt", "outbox", "callback", "callback_attempt", "promised_time"}
    | {"voicemail", "contact_number"}
)
# These have no plan: transactions and settings of the connection.
_PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")

Statements = dict[str, Any]


@contextmanager
def noted(engine: Engine) -> Iterator[Statements]:
    """Every different statement that is executed, with the parameters of its first execution."""
    found: Statements = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(_PLANNED):
            found.setdefault(statement, parameters[0] if isinstance(parameters, list) else parameters)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def write_past(address: str) -> str:
    """Fill a migrated database with a past; returns its address."""
    engine = make_engine(address, durable=False)
    with make_sessions(engine).begin() as session:
        add(session, LINE, "RBL", TUESDAY_MORNING)
        schools = known_schools(session, SCHOOLS, TUESDAY_MORNING)
    write_history(engine, schools, PAST, TUESDAY_MORNING)
    engine.dispose()
    return address


def reads_through(engine: Engine, statements: Statements, *, even_open_rows: bool = False) -> list[str]:
    """The full scans of growing tables, each with its statement.

    even_open_rows: also count scans of a partial index of open rows, which are few except in a storm.
    """
    look = _postgresql_scans if engine.dialect.name == "postgresql" else _sqlite_scans
    return [
        f"{scan}: {' '.join(text.split())}"
        for text, values in statements.items()
        for scan in look(engine, text, values, even_open_rows)
    ]


def _sqlite_scans(engine: Engine, statement: str, values: Any, even_open_rows: bool) -> list[str]:
    with engine.connect() as connection:
        indexes = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all()
        of_open_rows = set() if even_open_rows else _of_open_rows(indexes)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    found = []
    for row in plan:
        words = row.detail.replace('"', "").split()
        if words[0] == "SCAN" and words[1] in GROWING and not of_open_rows.intersection(words):
            found.append(row.detail)
    return found


def _postgresql_scans(engine: Engine, statement: str, values: Any, even_open_rows: bool) -> list[str]:
    with engine.connect() as connection:
        indexes = connection.exec_driver_sql("SELECT indexname, indexdef FROM pg_indexes").all()
        of_open_rows = set() if even_open_rows else _of_open_rows(indexes)
        explain = f"EXPLAIN (FORMAT JSON) {statement}"
        if isinstance(values, tuple):  # a prepared statement: numbered parameters instead of named ones
            cursor = psycopg.RawCursor(cast("psycopg.Connection[Any]", connection.connection.dbapi_connection))
            (plan,) = cursor.execute(explain, values).fetchall()[0]
        else:
            (plan,) = connection.exec_driver_sql(explain, values).scalars()
        connection.rollback()
    (top,) = json.loads(plan) if isinstance(plan, str) else plan
    return [
        f"{node['Node Type']} {node['Relation Name']}"
        for node in _nodes(top["Plan"])
        if node.get("Relation Name") in GROWING and ("Seq" in node["Node Type"] or _is_whole_index(node, of_open_rows))
    ]


def _is_whole_index(node: Mapping[str, Any], of_open_rows: set[str]) -> bool:
    return "Index Name" in node and "Index Cond" not in node and node["Index Name"] not in of_open_rows


_OPEN_ROWS = re.compile(r" WHERE .*(ended_at IS NULL|result IS NULL|state|next_due_at|places)")


def _of_open_rows(indexes: Iterable[Any]) -> set[str]:
    """The partial indexes of open rows. They do not grow with history."""
    return {name for name, made_by in indexes if made_by and _OPEN_ROWS.search(made_by)}


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


@pytest.fixture(scope="module")
def sqlite_past(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("past") / "past.db"
    shutil.copyfile(sqlite_template, path)
    write_past(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def postgresql_past(postgresql_server: PostgresqlServer) -> Iterator[str]:
    with postgresql_server.database() as address:
        yield write_past(address)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def town(request: pytest.FixtureRequest, tmp_path: Path, open_engine: Callable[[str], Engine]) -> Iterator[Town]:
    """A town with a past, which is written once and then copied."""
    past = request.getfixturevalue(f"{request.param}_past")
    if request.param == "sqlite":
        shutil.copyfile(past, tmp_path / "past.db")
        made = nullcontext(f"sqlite:///{tmp_path / 'past.db'}")
    else:
        made = request.getfixturevalue("postgresql_server").copy_of(past)
    with made as address:
        engine = open_engine(address)
        # The jobs that read whole days do not run during a call.
        yield Town(engine, pace=10_000)
        engine.dispose()


def test_an_answered_call_reads_through_nothing_that_grows(town: Town) -> None:
    town.answers("BRA", after=9)
    with noted(town.lived.office.engine) as statements:
        town.somebody(SCHOOL).dials("+31858880000", talks=60)
        town.live()
    assert town.totals("callcenter_answered_calls_total") == 1
    assert reads_through(town.lived.office.engine, statements) == []


def test_a_call_nobody_takes_and_its_promise_read_through_nothing_that_grows(town: Town) -> None:
    with noted(town.lived.office.engine) as statements:
        town.somebody(SCHOOL).dials("+31858880000", patience=100)
        town.live()
    assert town.totals("callcenter_callbacks_created_total") == 1
    assert reads_through(town.lived.office.engine, statements) == []


def test_a_message_reads_through_nothing_that_grows(town: Town) -> None:
    with noted(town.lived.office.engine) as statements:
        town.somebody(SCHOOL).dials("+31858880000", message=12)
        town.live(tail_s=120)
    assert reads_through(town.lived.office.engine, statements) == []


def test_a_call_that_arrives_in_a_storm_reads_nobody_elses_call(a_town: MakeTown) -> None:
    # In a new database PostgreSQL has no statistics yet, and assumes that the tables of live calls are tiny.
    town = a_town()
    with noted(town.lived.office.engine) as statements:
        town.somebody(SCHOOL).dials("+31858880000", patience=5)
        town.live()
    arrival = {
        text: values for text, values in statements.items() if "call.from_number = " in text and "call_sid" in text
    }
    assert len(arrival) == 1
    assert reads_through(town.lived.office.engine, arrival, even_open_rows=True) == []


def test_looking_for_calls_that_went_silent_reads_through_nothing_that_grows(town: Town) -> None:
    with noted(town.lived.office.engine) as statements:
        run_sweep(town.sessions, TUESDAY_MORNING)
    assert reads_through(town.lived.office.engine, statements) == []


def test_looking_for_what_a_wrong_clock_stored_reads_through_nothing_that_grows(town: Town) -> None:
    with noted(town.lived.office.engine) as statements:
        clock_steps.run(town.sessions, town.clock)
        for kind in clock_steps.WATCHED:
            with town.sessions.begin() as session:
                move_back(session, kind, town.clock.now())
    assert len(statements) == 1 + len(clock_steps.WATCHED)
    assert reads_through(town.lived.office.engine, statements) == []


@pytest.mark.parametrize(
    "page", ["/", "/terugbellen", "/mijn", "/zoeken?q=078613", "/zoeken?q=school+12", "/zoeken?q=890"]
)
def test_a_page_people_keep_open_reads_through_nothing_that_grows(town: Town, page: str) -> None:
    town.somebody(SCHOOL).dials("+31858880000", patience=100)  # the board says why this caller reached nobody
    town.live()
    with town.sessions.begin() as session:
        add_user(session, TUESDAY_MORNING, "lead@rbl.example", "lead", PASSWORD, "BRA")
    visitor = town.lived.app.test_client()
    form = {"email": "lead@rbl.example", "password": PASSWORD, "csrf_token": token_of(visitor, "/inloggen")}
    visitor.post("/inloggen", data=form)
    with noted(town.lived.office.engine) as statements:
        assert visitor.get(page).status_code == 200
    assert reads_through(town.lived.office.engine, statements) == []


def test_a_statement_without_an_index_is_noticed(town: Town) -> None:
    engine = town.lived.office.engine
    with noted(engine) as statements, engine.connect() as connection:
        connection.exec_driver_sql("SELECT id FROM call WHERE caller_place = 'Dordrecht'")
    assert len(reads_through(engine, statements)) == 1
