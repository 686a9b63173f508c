"""Step 0015: whom the survey was asked, so that nobody is asked twice in a quarter, and the way of each answer."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.add_column("survey_answer", sa.Column("way", sa.String(8), server_default="call", nullable=False))
    op.create_table(
        "survey_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=True),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(16), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("callback_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_survey_question_line_id_line")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_survey_question_call_id_call"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["callback_id"],
            ["callback.id"],
            name=op.f("fk_survey_question_callback_id_callback"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_question")),
        sa.UniqueConstraint("number", name=op.f("uq_survey_question_number")),
        sa.UniqueConstraint("call_id", name=op.f("uq_survey_question_call_id")),
        sa.UniqueConstraint("callback_id", name=op.f("uq_survey_question_callback_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_survey_question_token_hash")),
    )
    op.create_index(op.f("ix_survey_question_asked_at"), "survey_question", ["asked_at"])
