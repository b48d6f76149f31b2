"""Put policies in force, for all processes at once; each plan of theirs is looked at within ten minutes."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config import wakeup
from config.database import Sessions, transact
from service.domain.live_policies import stored
from service.domain.policy import Policy
from service.files.policy_folder import PolicyFiles
from service.store import advisory_locks, plans, policies
from service.store.policies import PolicyInForce, digest_of

# Not all at once, and yet all within ten minutes, with room for those that take longer.
LOOKED_AT_WITHIN = timedelta(minutes=8)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of the policies of a process's files.

    `in_force`: the authorities whose policies were put in force now. `older`: those of which something newer is in
    force. `missing`: those of which this process has no file, and another one had.
    """

    in_force: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


async def put_in_force(sessions: Sessions, files: PolicyFiles, now: datetime, again: Collection[str] = ()) -> Proposed:
    """Put in force what the files say, of each authority of whose policy they have a version that never was in force.

    What was in force once does not come back by itself: a process that still has an older file, or lacks that of a
    newer version, would take the newer one away from all others. The authorities in `again` are those for which a
    person wants that.
    """
    return await transact(sessions, lambda session: _put_all(session, files, now, again))


async def _put_all(session: AsyncSession, files: PolicyFiles, now: datetime, again: Collection[str]) -> Proposed:
    await advisory_locks.take_policies(session)
    rows = await policies.in_force(session)
    verdicts = {name: await _verdict(session, files, rows.get(name), name, again) for name in files.book.authorities}
    changed = sorted(name for name, verdict in verdicts.items() if verdict == "in_force")
    for name in changed:
        await _put(session, files, name, now, is_first=name not in rows)
    if changed:
        await wakeup.send(session)
    missing = rows.keys() - files.book.authorities - files.refused
    missing |= {name for name, verdict in verdicts.items() if verdict == "missing"}
    older = sorted(name for name, verdict in verdicts.items() if verdict == "older")
    return Proposed(tuple(changed), tuple(older), () if files.unread else tuple(sorted(missing)))


async def _verdict(
    session: AsyncSession, files: PolicyFiles, row: PolicyInForce | None, authority: str, again: Collection[str]
) -> str:
    """`in_force` for what is to be put in force now, or why it is not; empty where it is, or the file is faulty."""
    if row is None:
        return "in_force"
    versions = files.book.versions(authority)
    if digest_of(stored(versions)) == row.digest or authority in files.refused or files.unread:
        return ""
    if authority in again:
        return "in_force"
    if authority not in files.outside and not row.built_in:
        return "missing"
    return "older" if await _held_before(session, authority, versions) else "in_force"


async def _held_before(session: AsyncSession, authority: str, versions: Sequence[Policy]) -> bool:
    """Whether each of these versions was in force before, be it together with others."""
    past = [version for content in await policies.every_content(session, authority) for version in json.loads(content)]
    return all(json.loads(version.stored) in past for version in versions)


async def _put(session: AsyncSession, files: PolicyFiles, authority: str, now: datetime, *, is_first: bool) -> None:
    built_in = authority not in files.outside or authority in files.refused  # what is built in stands in for it
    content = stored(files.book.versions(authority))
    await policies.put_in_force(session, authority, content, now, built_in=built_in)
    # What an older version of planwatch, or nobody, has decided until now stands as it is.
    if not is_first:
        await plans.spread_looks(session, authority, now, LOOKED_AT_WITHIN)
