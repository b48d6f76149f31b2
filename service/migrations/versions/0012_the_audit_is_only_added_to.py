"""The database itself refuses to change or remove a line of the audit."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_WORDS = "the audit is only added to: its lines are never changed or removed"


def upgrade() -> None:
    """What stands in the audit stays; a step that makes its table anew must make these triggers anew."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{_WORDS}'; END $$"""
        )
        op.execute(
            """CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry
            FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()"""
        )
        op.execute(
            """CREATE TRIGGER audit_entry_is_not_emptied BEFORE TRUNCATE ON audit_entry
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"""
        )
        return
    for name, change in (("audit_entry_stays", "UPDATE"), ("audit_entry_is_not_removed", "DELETE")):
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON audit_entry BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END")
