"""Everybody who is alerted has a code and links of their own."""

import sqlalchemy as sa
from alembic import op

from config import database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Codes by which alerts are acknowledged in texts, and links in emails."""
    op.create_table(
        "alert_code",
        sa.Column("authority", sa.String(length=60), nullable=False),
        sa.Column("plan", sa.String(length=200), nullable=False),
        sa.Column("breach", sa.Text(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("at", database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("authority", "plan", "breach", "person", name=op.f("pk_alert_code")),
    )
    with op.batch_alter_table("alert_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_code_person"), ["person"], unique=False)
    op.create_table(
        "alert_link",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("authority", sa.String(length=60), nullable=False),
        sa.Column("plan", sa.String(length=200), nullable=False),
        sa.Column("breach", sa.Text(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("at", database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_alert_link")),
    )
