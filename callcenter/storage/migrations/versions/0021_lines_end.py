"""Step 0021: a line can be taken out of use."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.add_column("line", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
