"""Plans on which a bottom line was crossed before any event introduced them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Such a plan has a row from its first breach on; breaches that wait already are alerted after the upgrade."""
    # In place: a copy of the table would have to be put where others refer to it.
    op.add_column("plan", sa.Column("awaited", sa.Boolean(), server_default=sa.false(), nullable=False))
    # What still waits belongs to the authority of its token or source; of older events nobody could tell.
    op.execute(
        "INSERT INTO plan (id, authority, version, next_look, fault_count, awaited) "
        "SELECT subject, authority, 0, MIN(received_at), 0, true FROM event "
        "WHERE type = 'bottom_line.breached' AND waiting AND authority IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM plan WHERE plan.id = event.subject AND plan.authority = event.authority) "
        "GROUP BY subject, authority"
    )
