"""PostgreSQL: its version, whether it takes writes, how large it is, and who has a second copy."""

from collections.abc import Iterator, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.checked import Checked, size

_OLDEST = 16
_LAG = 10.0  # seconds
_SERVER = text(
    "SELECT current_setting('server_version_num')::int / 10000, pg_is_in_recovery(), "
    "pg_database_size(current_database())"
)
# Without the right to (pg_monitor), the rows are there and the rest is null.
_COPIES = text("SELECT sync_state, coalesce(extract(epoch FROM replay_lag), 0)::float AS lag FROM pg_stat_replication")


async def check(session: AsyncSession) -> Sequence[Checked]:
    """Nothing, where the database is not PostgreSQL."""
    if session.get_bind().dialect.name != "postgresql":
        return []
    version, is_standby, stored = (await session.execute(_SERVER)).one()
    copies = [(row.sync_state, row.lag) for row in await session.execute(_COPIES)]
    return [_server(version, stored, is_standby=is_standby), *judged(copies)]


def _server(version: int, stored: int, *, is_standby: bool) -> Checked:
    said = f"version {version}, {size(stored)}"
    if is_standby:
        return Checked("postgresql", f"{said}: a standby, which takes no writes", "name the primary, too, and first")
    if version < _OLDEST:
        return Checked("postgresql", said, f"bring it to {_OLDEST} or newer: planwatch is not tested on it", works=True)
    return Checked("postgresql", said)


def judged(copies: Sequence[tuple[str | None, float]]) -> Iterator[Checked]:
    """What there is to say of the standbys: for each how it is written to (None: hidden from us), seconds behind."""
    if not copies:
        do = "for service that outlives a machine: docs/operations.md, Two machines"
        yield Checked("standby", "none is connected: what is lost with the primary's disk is lost", do, works=True)
    elif any(state is None for state, _ in copies):
        yield Checked("standby", f"{len(copies)} connected; how far behind is hidden from us (GRANT pg_monitor)")
    else:
        behind = max(lag for _, lag in copies)
        said = f"{len(copies)} connected, {behind:.1f} s behind at most"
        if behind > _LAG:
            yield Checked("standby", said, "see why: the disk or the network of the standby", works=True)
        elif all(state == "async" for state, _ in copies):
            do = "make one synchronous: docs/operations.md, What may be lost"
            yield Checked("standby", f"{said}, none of them synchronous", do, works=True)
        else:
            yield Checked("standby", said)
