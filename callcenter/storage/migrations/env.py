"""Alembic's environment: runs the migrations on the connection that `callcenter.storage.migrate` passes in."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from callcenter.storage.base import UtcDateTime
from callcenter.storage.tables import metadata


def _render_item(type_: str, obj: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    # A migration names SQLAlchemy's type, because `UtcDateTime` may change in a later release.
    if type_ == "type" and isinstance(obj, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata(),
    render_item=_render_item,
    # SQLite changes a table by copying it. The first migration only creates tables, so it needs no copies.
    render_as_batch=context.config.attributes.get("changes_tables", True),
    # Alembic assumes that SQLite's DDL is not transactional, because the driver commits implicitly. `storage.engine`
    # turns that off.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
