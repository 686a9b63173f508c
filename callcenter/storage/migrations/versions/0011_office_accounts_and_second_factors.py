"""Step 0011: office accounts that are tied to logins, second factors, recovery codes and emergency codes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def _of_a_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f(f"fk_{table}_user_id_user"), ondelete="CASCADE")


def upgrade() -> None:
    """Go one step on. There is no way back but the backup: a step back would lose what was stored since."""
    op.create_table(
        "office_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(300), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_user("office_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_account")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_office_account_issuer_subject")),
        sa.UniqueConstraint("user_id", name=op.f("uq_office_account_user_id")),
    )
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        _of_a_user("second_factor"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    for table, more in (
        ("recovery_code", []),
        ("emergency_code", [sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False)]),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("user_id", sa.Integer(), nullable=False),
            sa.Column("code_hash", sa.String(64), nullable=False),
            *more,
            _of_a_user(table),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("code_hash", name=op.f(f"uq_{table}_code_hash")),
        )
        op.create_index(op.f(f"ix_{table}_user_id"), table, ["user_id"])
