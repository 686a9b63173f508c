"""Step 0014: whether a call was answered in time is stored with it, and which promised times are counted."""

import base64
import json
import tomllib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# The service level of a policy that names none.
_DEFAULT_S = 30
_POLICIES = ("policy.toml", "lijn.toml")


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.add_column("call", sa.Column("in_time", sa.Boolean(), nullable=True))
    op.add_column("promised_time", sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True))
    where = sa.text("counted_at IS NULL AND withdrawn_at IS NULL")
    op.create_index(
        "ix_promised_time_uncounted", "promised_time", ["due_at"], sqlite_where=where, postgresql_where=where
    )
    _judge_the_calls()
    # What was kept or broken before this step is in the API's figures. The new counter begins at 0.
    op.execute("UPDATE promised_time SET counted_at = due_at WHERE kept_at IS NOT NULL OR due_at < CURRENT_TIMESTAMP")


def _judge_the_calls() -> None:
    """Each call by the service level of its own rota version, as /metrics counted it when it ended."""
    call = sa.table(
        "call",
        *(sa.column(name) for name in ("in_time", "counted", "outcome", "wait_s", "rota_version_id")),
    )
    offered = sa.and_(call.c.counted, call.c.outcome.is_not(None))
    op.execute(sa.update(call).where(offered).values(in_time=sa.false()))
    for number, level_s in _service_levels():
        answered = sa.and_(offered, call.c.outcome == "answered", call.c.wait_s <= level_s)
        op.execute(sa.update(call).where(answered, call.c.rota_version_id == number).values(in_time=sa.true()))


def _service_levels() -> Iterator[tuple[int, float]]:
    version = sa.table("rota_version", sa.column("id"), sa.column("files"))
    for number, files in op.get_bind().execute(sa.select(version.c.id, version.c.files)).all():
        found = json.loads(files) if isinstance(files, str) else files
        yield number, _service_level(found) if isinstance(found, dict) else _DEFAULT_S


def _service_level(files: dict[str, str]) -> float:
    text = next((base64.b64decode(data) for name, data in files.items() if name.lower() in _POLICIES), b"")
    try:
        policy: dict[str, Any] = tomllib.loads(_decoded(text))
    except tomllib.TOMLDecodeError:
        return _DEFAULT_S
    chosen = policy.get("figures", {}).get("service_level_s", _DEFAULT_S)
    return float(chosen) if isinstance(chosen, int | float) else _DEFAULT_S


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("cp1252", errors="replace")
