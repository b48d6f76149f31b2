"""What people note as dealt with, the addresses of their calendars, and indexes for what pages ask."""

import sqlalchemy as sa
from alembic import op

from config import database

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_REPLIES = sa.text("type = 'check_in.replied'")
_ROLES = sa.text("type IN ('event.withdrawn', 'role.assigned', 'role.ended')")


def upgrade() -> None:
    """Nothing is noted yet, and nobody has a calendar."""
    op.create_table(
        "handling",
        sa.Column("authority", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("plan", sa.String(length=200), nullable=True),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("at", database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "kind", "key", name=op.f("pk_handling")),
    )
    op.create_index("ix_handling_authority_plan", "handling", ["authority", "plan"])
    op.create_table(
        "calendar_address",
        sa.Column("authority", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("authority", "person", name=op.f("pk_calendar_address")),
        sa.UniqueConstraint("hash", name=op.f("uq_calendar_address_hash")),
    )
    for name, condition in (("ix_event_replies", _REPLIES), ("ix_event_roles", _ROLES)):
        op.create_index(name, "event", ["authority", "subject"], sqlite_where=condition, postgresql_where=condition)
