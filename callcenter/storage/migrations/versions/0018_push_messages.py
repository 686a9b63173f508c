"""Step 0018: browsers that get push messages, the ways that each consultant chose, and who set a presence."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.add_column("consultant_state", sa.Column("presence_by", sa.String(100), nullable=True))
    op.create_table(
        "push_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("endpoint_hash", sa.String(64), nullable=False),
        sa.Column("p256dh", sa.String(120), nullable=False),
        sa.Column("auth", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_device")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_push_device_user_id_user"), ondelete="CASCADE"),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_device_endpoint_hash")),
    )
    op.create_index(op.f("ix_push_device_user_id"), "push_device", ["user_id"])
    op.create_table(
        "notify_way",
        sa.Column("consultant", sa.String(16), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("consultant", "way", name=op.f("pk_notify_way")),
    )
