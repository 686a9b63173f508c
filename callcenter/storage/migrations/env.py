"""How does Alembic run our migrations? On the connection that `callcenter.storage.migrate` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from callcenter.storage.base import UtcDateTime
from callcenter.storage.tables import metadata


def _render_item(type_: str, obj: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    # A migration is frozen in time: it names the column's type, not our class, which may change later.
    if type_ == "type" and isinstance(obj, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata(),
    render_item=_render_item,
    # SQLite changes a table by copying it; a first migration only makes tables and needs no copies.
    render_as_batch=context.config.attributes.get("changes_tables", True),
    # Alembic takes SQLite's DDL for not transactional because of the driver's implicit commits; ours are off.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
