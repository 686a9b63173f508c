"""Step 0004: mobiles that answered STOP to a text message."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.create_table(
        "text_stop",
        sa.Column("consultant", sa.String(length=16), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=False),
        sa.Column("line_number", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consultant", name=op.f("pk_text_stop")),
    )
