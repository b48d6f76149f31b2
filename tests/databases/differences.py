"""Whether the migrations made what the code says."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncConnection

import service.store.schema  # noqa: F401 - it puts all tables into `metadata`
from config.database import metadata


async def differences(connection: AsyncConnection) -> list[object]:
    """How a database differs from the tables in the code: in nothing, if the migrations are complete."""
    return await connection.run_sync(
        lambda sync: list(compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), metadata))
    )
