"""After an upgrade, callbacks whose number was only keyed in say so; those that the network showed do not."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, insert, select

from callcenter.storage.migrate import alembic_config, upgrade

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
SUBJECT = "numbers_keyed_in_and_limits"
NUMBER = "+31612345678"


def _to_the_step_before(connection: Connection) -> None:
    config = alembic_config(connection)
    (step,) = (one for one in ScriptDirectory.from_config(config).walk_revisions() if SUBJECT in one.path)
    command.upgrade(config, str(step.down_revision))


def _fill(connection: Connection, **calls: list[dict[str, str]]) -> dict[str, int]:
    """A callback for each name, with these calls behind it."""
    tables = MetaData()
    tables.reflect(connection)
    line, call, callback = (tables.tables[name] for name in ("line", "call", "callback"))

    def store(table: Any, **values: Any) -> int:
        return int(connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())

    made: dict[str, int] = {}
    for name, behind in calls.items():
        line_id = store(line, number=f"+3185888000{len(made)}", name="RBL", created_at=NOW)
        made[name] = store(
            callback,
            line_id=line_id,
            number=NUMBER,
            group="unknown",
            reason="requested",
            priority=0,
            created_at=NOW,
            due_at=NOW,
            state="open",
            attempts=0,
            late=False,
        )
        for number, numbers in enumerate(behind):
            store(
                call,
                call_sid=f"CA{name}{number}",
                line_id=line_id,
                group="unknown",
                shared_by=0,
                language="nl",
                received_at=NOW,
                in_hours=True,
                state="ended",
                step="ended",
                turn=0,
                areas=[],
                tier=0,
                tier_list=[],
                offered_to=[],
                rest_down=False,
                wants_callback=True,
                outcome="callback_requested",
                counted=True,
                nothing_recorded=False,
                last_event_at=NOW,
                reconciled=False,
                callback_id=made[name],
                ended_at=NOW,
                **numbers,
            )
    return made


def test_numbers_that_were_only_keyed_in_are_known(
    empty_database_url: str, open_engine: Callable[[str], Engine]
) -> None:
    engine = open_engine(empty_database_url)
    keyed, shown = {"keyed_number": NUMBER}, {"from_number": NUMBER}
    with engine.begin() as connection:
        _to_the_step_before(connection)
        made = _fill(
            connection,
            keyed=[keyed],
            keyed_from_abroad=[{**keyed, "from_number": "+33123456789"}],
            shown=[shown],
            both=[keyed, shown],
            by_hand=[],
        )
    upgrade(engine)
    tables = MetaData()
    tables.reflect(engine)
    callback = tables.tables["callback"]
    with engine.connect() as connection:
        found = set(connection.scalars(select(callback.c.id).where(callback.c.number_keyed)))
    assert {name for name, one in made.items() if one in found} == {"keyed", "keyed_from_abroad"}
