"""Lines wait for every email that is gathered, not for digests alone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lines say for which email they wait, and may be about no plan and no obligation."""
    with op.batch_alter_table("digest_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("template", sa.String(length=40), server_default="digest", nullable=False))
        batch_op.alter_column("plan", existing_type=sa.String(length=200), nullable=True)
        batch_op.alter_column("obligation", existing_type=sa.Text(), nullable=True)
