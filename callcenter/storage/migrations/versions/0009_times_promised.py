"""Step 0009: the times that callers were told, and what the team lead was told of callbacks."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.add_column("callback", sa.Column("lead_warned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("callback", sa.Column("retimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("callback", sa.Column("untold_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("callback", sa.Column("moved", sa.Integer(), nullable=False, server_default="0"))
    without_result = sa.text("result IS NULL")
    op.create_index(
        "ix_callback_attempt_without_result",
        "callback_attempt",
        ["ended_at"],
        sqlite_where=without_result,
        postgresql_where=without_result,
    )
    op.create_table(
        "promised_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callback_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["callback_id"],
            ["callback.id"],
            name=op.f("fk_promised_time_callback_id_callback"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promised_time")),
    )
    op.create_index(op.f("ix_promised_time_callback_id"), "promised_time", ["callback_id"])
    op.create_index(op.f("ix_promised_time_due_at"), "promised_time", ["due_at"])
    # The figures until now followed the present due time. Each callback keeps the judgement that it had, on its day.
    # One that is late and has a new due time ahead has no row: the day on which it was broken is not known.
    op.execute(
        """
        INSERT INTO promised_time (callback_id, made_at, due_at, kept_at, withdrawn_at)
        SELECT id, created_at, due, CASE WHEN rung <= due THEN rung END, withdrawn
        FROM (
            SELECT id, created_at, late, closed_at,
                   CASE WHEN closed_at < due_at AND NOT closed_in_time THEN closed_at ELSE due_at END AS due,
                   CASE
                       WHEN closed_in_time THEN CASE WHEN closed_at < due_at THEN closed_at ELSE due_at END
                       WHEN closed_at IS NULL AND NOT late THEN (
                           SELECT min(dialled_at) FROM callback_attempt
                           WHERE callback_id = callback.id AND (result IS NULL OR result <> 'not_made')
                       )
                   END AS rung,
                   CASE WHEN state = 'cancelled' THEN closed_at END AS withdrawn,
                   due_at
            FROM callback
        ) AS known
        WHERE NOT (late AND closed_at IS NULL AND due_at > CURRENT_TIMESTAMP)
        """
    )
