"""Step 0007: orders given up are found without reading the others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.create_index(
        "ix_outbox_given_up",
        "outbox",
        ["done_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('failed', 'expired')"),
        postgresql_where=sa.text("state IN ('failed', 'expired')"),
    )
