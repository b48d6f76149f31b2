"""The index of what is still owed begins with the authority, and holds what lists of plans and teams ask."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LIVE = sa.text("status IN ('open', 'overdue')")


def upgrade() -> None:
    """One index in the place of another: a look writes no more than before."""
    op.drop_index("ix_obligation_live", "obligation")
    columns = ["authority", "plan", "act_by", "due_on", "status"]
    op.create_index("ix_obligation_live", "obligation", columns, sqlite_where=_LIVE, postgresql_where=_LIVE)
