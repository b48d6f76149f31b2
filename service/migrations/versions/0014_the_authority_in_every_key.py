"""The authority in every key, so that one authority's rows can be moved, erased, or lie in a piece of their own."""

import sqlalchemy as sa
from alembic import op

from config import database

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_AUTHORITY = sa.String(length=60)
_AUTHORITY_OF_MESSAGE = sa.String(length=200)
_NO_AUTHORITY = ""
_WORDS = "the audit is only added to: its lines are never changed or removed"


def upgrade() -> None:
    """No id and no number changes; of each table the rows stay what they are."""
    _erased_up_to()
    _events()
    _messages()
    _key_of("sight_exception", "number")
    _audit()


def _erased_up_to() -> None:
    """Nothing was erased yet."""
    op.create_table(
        "erased_up_to",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", database.UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_erased_up_to")),
    )


def _key_of(table: str, number: str) -> None:
    """Have a number and the authority as the key. PostgreSQL's sequence goes on to number the rows."""
    op.execute(f"UPDATE {table} SET authority = '{_NO_AUTHORITY}' WHERE authority IS NULL")  # noqa: S608
    with op.batch_alter_table(table) as batch:
        batch.alter_column("authority", existing_type=_AUTHORITY, nullable=False)
        batch.drop_constraint(f"pk_{table}", type_="primary")
        batch.create_primary_key(f"pk_{table}", [number, "authority"])


def _events() -> None:
    with op.batch_alter_table("event_wait") as batch:
        batch.drop_constraint("fk_event_wait_seq_event", type_="foreignkey")
        batch.add_column(sa.Column("authority", _AUTHORITY))
    _key_of("event", "seq")
    op.execute("UPDATE event_wait SET authority = (SELECT authority FROM event WHERE event.seq = event_wait.seq)")
    with op.batch_alter_table("event_wait") as batch:
        batch.alter_column("authority", existing_type=_AUTHORITY, nullable=False)
        batch.drop_constraint("pk_event_wait", type_="primary")
        batch.create_primary_key("pk_event_wait", ["seq", "authority", "kind", "subject"])
        batch.create_foreign_key(
            "fk_event_wait_seq_authority_event", "event", ["seq", "authority"], ["seq", "authority"]
        )
        batch.drop_index("ix_event_wait_subject_kind")
        batch.create_index("ix_event_wait_subject_kind_authority", ["subject", "kind", "authority"])


def _messages() -> None:
    # SQLite makes the table of messages anew, and would take the attempts with it while they refer to it.
    with op.batch_alter_table("attempt") as batch:
        batch.drop_constraint("fk_attempt_message_id_message", type_="foreignkey")
        batch.add_column(sa.Column("authority", _AUTHORITY_OF_MESSAGE))
    op.execute("UPDATE attempt SET authority = (SELECT authority FROM message WHERE message.id = attempt.message_id)")
    with op.batch_alter_table("message") as batch:
        batch.drop_constraint("pk_message", type_="primary")
        batch.create_primary_key("pk_message", ["id", "authority"])
    with op.batch_alter_table("attempt") as batch:
        batch.alter_column("authority", existing_type=_AUTHORITY_OF_MESSAGE, nullable=False)
        batch.drop_constraint("pk_attempt", type_="primary")
        batch.create_primary_key("pk_attempt", ["id", "authority"])
        batch.drop_constraint("uq_attempt_message_id_n", type_="unique")
        batch.create_unique_constraint("uq_attempt_message_id_n_authority", ["message_id", "n", "authority"])
        batch.create_foreign_key(
            "fk_attempt_message_id_authority_message",
            "message",
            ["message_id", "authority"],
            ["id", "authority"],
            ondelete="CASCADE",
        )


def _audit() -> None:
    """The lines of no authority get the mark for it, and nothing else changes. Then the triggers stand again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        _key_of("audit_entry", "number")
        op.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
        return
    triggers = (("audit_entry_stays", "UPDATE"), ("audit_entry_is_not_removed", "DELETE"))
    for name, _ in triggers:
        op.execute(f"DROP TRIGGER {name}")
    _key_of("audit_entry", "number")
    for name, change in triggers:
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON audit_entry BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END")
