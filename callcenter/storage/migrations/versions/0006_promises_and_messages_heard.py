"""Step 0006: whether each message was heard, and whom a promise was made to."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.add_column("voicemail", sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("voicemail", sa.Column("heard_by", sa.String(length=100), nullable=True))
    op.add_column("callback", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("callback", sa.Column("closes_as", sa.String(length=16), nullable=True))
    op.add_column("callback", sa.Column("question_to", sa.String(length=16), nullable=True))
    op.add_column("callback", sa.Column("question_at", sa.DateTime(timezone=True), nullable=True))
    # Nobody is asked about a message whose callback was closed before this release, or is gone: it counts as heard.
    op.execute(
        """
        UPDATE voicemail SET heard_at = received_at
        WHERE NOT EXISTS (
            SELECT 1 FROM call LEFT JOIN callback ON callback.id = call.callback_id
            WHERE call.id = voicemail.call_id AND (call.outcome IS NULL OR callback.state IN ('open', 'claimed'))
        )
        """
    )
    op.execute(
        """
        UPDATE callback
        SET asked_at = (SELECT max(call.ended_at) FROM call WHERE call.callback_id = callback.id)
        WHERE state IN ('open', 'claimed')
        """
    )
