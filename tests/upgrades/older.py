"""The database as the version of 27 November 2026 left it, on SQLite and on PostgreSQL."""

import gzip

import asyncpg

from tests.databases.postgres import PostgresServer
from tests.upgrades.restart import FOLDER


def unpacked(name: str) -> bytes:
    """A file that lies in the folder of the older version's database."""
    return gzip.decompress((FOLDER / name).read_bytes())


async def restore(server: PostgresServer, database: str) -> None:
    """Fill an empty database of a server with what the older version left."""
    connection = await asyncpg.connect(host=str(server.folder), user="postgres", database=database)
    try:
        await connection.execute(unpacked("planwatch.sql.gz").decode())
    finally:
        await connection.close()
