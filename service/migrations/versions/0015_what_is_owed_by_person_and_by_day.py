"""Indexes of what is owed by whom and by when, from which the auditor reads a part at a look."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_LIVE = sa.text("status IN ('open', 'overdue')")
_NEW = {
    "ix_obligation_authority_responsible_status": ["authority", "responsible", "status"],
    "ix_obligation_due_on_authority_plan_status": ["due_on", "authority", "plan", "status"],
}


def upgrade() -> None:
    """The index by person holds no longer what was met, and begins with the authority."""
    op.drop_index("ix_obligation_responsible_status", "obligation")
    for name, columns in _NEW.items():
        op.create_index(name, "obligation", columns, sqlite_where=_LIVE, postgresql_where=_LIVE)
