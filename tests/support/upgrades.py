"""A database as it was before a migration, and what earlier releases stored in it."""

from datetime import datetime
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, insert

from callcenter.storage.migrate import alembic_config


def to_the_step_before(connection: Connection, subject: str) -> None:
    """Migrate to the revision before the one whose file is named after this subject."""
    config = alembic_config(connection)
    (step,) = (one for one in ScriptDirectory.from_config(config).walk_revisions() if subject in one.path)
    command.upgrade(config, str(step.down_revision))


def stored(connection: Connection, table: Table, **values: Any) -> int:
    """Store a row of a reflected table; returns its id."""
    return int(connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def an_old_callback(now: datetime, **more: Any) -> dict[str, Any]:
    """What every release stored with a callback that was just made."""
    plain = {"priority": 0, "created_at": now, "due_at": now, "state": "open", "attempts": 0, "late": False}
    return {**plain, **more}


def an_old_call(now: datetime, **more: Any) -> dict[str, Any]:
    """What every release stored with a call that is over."""
    return {
        "shared_by": 0,
        "language": "nl",
        "received_at": now,
        "in_hours": True,
        "state": "ended",
        "step": "ended",
        "turn": 0,
        "areas": [],
        "tier": 0,
        "tier_list": [],
        "offered_to": [],
        "rest_down": False,
        "counted": True,
        "nothing_recorded": False,
        "last_event_at": now,
        "reconciled": False,
        **more,
    }
