"""A token has a name, an end and a last use, and an event says which token brought it."""

import sqlalchemy as sa
from alembic import op

from config import database

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tokens of before keep what they were called by as their names, and have no end."""
    op.execute("ALTER TABLE token RENAME COLUMN id TO name")
    op.add_column("token", sa.Column("ends_on", sa.Date()))
    op.add_column("token", sa.Column("used_at", database.UTCDateTime()))
    op.add_column("token", sa.Column("refused_at", database.UTCDateTime()))
    # Nobody knows by which token the events of before came.
    op.add_column("event", sa.Column("token", sa.String(length=40)))
