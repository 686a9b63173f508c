"""Step 0012: callbacks say that their number was keyed in, and calls to the outside are counted by the hour."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.add_column("callback", sa.Column("number_keyed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_leg_offered_at", "leg", ["offered_at"])
    dialled = sa.text("dialled_at IS NOT NULL")
    op.create_index(
        "ix_callback_attempt_dialled",
        "callback_attempt",
        ["dialled_at"],
        sqlite_where=dialled,
        postgresql_where=dialled,
    )
    # Keyed in by a caller, and never shown by the network in a call that joined the same callback.
    op.execute(
        """
        UPDATE callback SET number_keyed = TRUE
        WHERE EXISTS (SELECT 1 FROM call WHERE callback_id = callback.id AND keyed_number = callback.number)
          AND NOT EXISTS (SELECT 1 FROM call WHERE callback_id = callback.id AND from_number = callback.number)
        """
    )
