"""The policies in force, for all processes at once."""

import sqlalchemy as sa
from alembic import op

from config import database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is in force yet by the database: the first process that starts puts in force what it has as files."""
    op.create_table(
        "policy",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("authority", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.Column("in_force_at", database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy")),
    )
    with op.batch_alter_table("policy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_authority_number"), ["authority", "number"], unique=False)
    # In place: a copy of the table would have to be put where others refer to it.
    op.add_column("plan", sa.Column("policy_changed_at", database.UTCDateTime(timezone=True), nullable=True))
    op.add_column("process", sa.Column("policies", sa.Integer(), nullable=True))
    op.add_column("process", sa.Column("policy_faults", sa.JSON(none_as_null=True), nullable=True))
