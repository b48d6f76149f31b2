"""Follow the policies in force: whatever files a process has, it decides by what the database says."""

import json
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.errors import CannotDecide
from service.domain.live_policies import LivePolicies, stored
from service.domain.policy import Policy, PolicyBook
from service.files.policy_files import policy_of
from service.store import policies
from service.store.policies import PolicyInForce, digest_of


class UnreadablePolicyError(CannotDecide):
    """The policy in force is of a newer version of planwatch, which says more than this one understands."""


async def follow(session: AsyncSession, book: PolicyBook) -> bool:
    """Bring the book of this process up to what is in force. True: it was not.

    It is asked in each transaction that decides, after the plan is locked: a change of policy locks all plans of its
    authority. A book that is fixed stays as it is, as does one where nothing was ever put in force. An
    UnreadablePolicyError where this version of planwatch cannot read what is in force: then it must decide nothing.
    """
    if not isinstance(book, LivePolicies):
        return False
    if await policies.generation(session) in (book.generation, 0):
        return False
    rows = await policies.in_force(session)
    same = {name: row for name, row in rows.items() if _holds(book, row)}
    foreign = [row for name, row in rows.items() if name not in same]
    read = _read(foreign, await policies.contents(session, [row.number for row in foreign]))
    kept = [policy for name in same for policy in book.versions(name)]
    generation = max(row.number for row in rows.values())
    if book.generation < generation:  # else another task of this process was faster, with something newer
        book.replace([*kept, *read], generation)
    return True


def _holds(book: PolicyBook, row: PolicyInForce) -> bool:
    return row.authority in book.authorities and digest_of(stored(book.versions(row.authority))) == row.digest


def _read(rows: Sequence[PolicyInForce], contents: Sequence[str]) -> Iterator[Policy]:
    ordered = sorted(rows, key=lambda row: row.number)
    for row, content in zip(ordered, contents, strict=True):
        try:
            versions: Sequence[Mapping[str, object]] = json.loads(content)
            yield from [policy_of(words) for words in versions]
        except ValueError as error:
            raise UnreadablePolicyError(
                f"the policy of {row.authority} that is in force cannot be read by this version of planwatch"
            ) from error
