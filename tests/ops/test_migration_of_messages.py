"""After an upgrade, messages of closed callbacks count as heard, and those of open ones do not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, insert, select

from callcenter.storage.migrate import alembic_config, upgrade

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
SUBJECT = "promises_and_messages_heard"


def _to_the_step_before(connection: Connection) -> None:
    config = alembic_config(connection)
    (step,) = (one for one in ScriptDirectory.from_config(config).walk_revisions() if SUBJECT in one.path)
    command.upgrade(config, str(step.down_revision))


def _fill(connection: Connection, **wanted: tuple[str | None, str | None]) -> dict[str, int]:
    """A message for each pair: the state of its callback, None for no callback, and the outcome of its call."""
    tables = MetaData()
    tables.reflect(connection)
    line, call, callback, voicemail = (tables.tables[name] for name in ("line", "call", "callback", "voicemail"))

    def store(table: Any, **values: Any) -> int:
        found = connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
        return int(found)

    line_id = store(line, number="+31858880000", name="RBL", created_at=NOW)
    made: dict[str, int] = {}
    for number, (name, (state, outcome)) in enumerate(wanted.items()):
        promise = None
        if state is not None:
            promise = store(
                callback,
                line_id=line_id,
                number=f"+3178614000{number}",
                group="school",
                reason="voicemail",
                priority=0,
                created_at=NOW,
                due_at=NOW,
                state=state,
                attempts=0,
                late=False,
            )
        rung = store(
            call,
            call_sid=f"CA{number}",
            line_id=line_id,
            group="school",
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
            wants_callback=False,
            outcome=outcome,
            counted=True,
            nothing_recorded=False,
            last_event_at=NOW,
            reconciled=False,
            callback_id=promise,
            ended_at=NOW + timedelta(minutes=3),
        )
        made[name] = store(voicemail, call_id=rung, duration_s=9, received_at=NOW, state="stored")
    return made


def test_messages_of_open_callbacks_are_still_to_be_heard(
    empty_database_url: str, open_engine: Callable[[str], Engine]
) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        _to_the_step_before(connection)
        made = _fill(
            connection,
            open=("open", "voicemail"),
            claimed=("claimed", "voicemail"),
            resolved=("resolved", "voicemail"),
            reached=("reached", "voicemail"),
            forgotten=(None, "voicemail"),
            still_speaking=(None, None),
        )
    upgrade(engine)
    tables = MetaData()
    tables.reflect(engine)
    voicemail, callback = tables.tables["voicemail"], tables.tables["callback"]
    with engine.connect() as connection:
        heard = {row.id for row in connection.execute(select(voicemail).where(voicemail.c.heard_at.is_not(None)))}
        assert {name for name, message in made.items() if message in heard} == {"resolved", "reached", "forgotten"}
        asked = select(callback.c.state).where(callback.c.asked_at.is_not(None))
        assert sorted(connection.scalars(asked)) == ["claimed", "open"]
