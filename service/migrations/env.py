"""Runs the steps on the connection that `service.store.schema` hands over, in the transaction that it began."""

from alembic import context
from sqlalchemy import Connection

import notifications.tables  # noqa: F401 - it puts its tables into `metadata`
import service.store.access_tables
import service.store.alert_tables
import service.store.credentials
import service.store.policy_tables
import service.store.tables  # noqa: F401 - likewise
from config.database import metadata

connection: Connection = context.config.attributes["connection"]
# SQLite alters little in place: batch mode copies the table instead. All steps are one transaction, so that a
# process killed in between leaves the database as it was.
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
    user_module_prefix="database.",
)
context.run_migrations()
