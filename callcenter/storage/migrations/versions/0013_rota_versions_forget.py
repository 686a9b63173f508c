"""Step 0013: when something was erased from the files of a rota version, and when to look at it again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.add_column("rota_version", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rota_version", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
