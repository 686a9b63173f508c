"""Step 0020: how a person's deed can be taken back for some seconds."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.create_table(
        "undo_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_undo_offer_user_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undo_offer")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_undo_offer_token_hash")),
    )
    op.create_index(op.f("ix_undo_offer_user_id"), "undo_offer", ["user_id"])
    op.create_index(op.f("ix_undo_offer_expires_at"), "undo_offer", ["expires_at"])
