"""What a command says where an id that somebody typed means no one plan or person."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from cli.faults import CommandError
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.use_cases.overviews.own_ids import Unclear, person_of, plan_of


def known_authority(book: PolicyBook, authority: str | None) -> str | None:
    """The authority that was given, if any. `CommandError` where no policy is for it."""
    if authority is None or authority in book.authorities:
        return authority
    raise CommandError(f"'{authority}' is no authority here; there are {', '.join(sorted(book.authorities))}")


async def the_plan(session: AsyncSession, book: PolicyBook, reference: str, authority: str | None) -> OwnId:
    """The plan that is meant. `CommandError` where that is not plain, or its authority has no policy here."""
    meant = await plan_of(session, reference.strip(), authority)
    if isinstance(meant, OwnId):
        known_authority(book, meant.authority)
        return meant
    waiting = ""
    if meant.waiting:
        waiting = f" {meant.waiting} event{'s wait' if meant.waiting > 1 else ' waits'} for its opening (plan.opened)."
    raise CommandError(_unclear(meant, "plan", reference) + waiting)


async def the_person(session: AsyncSession, person_id: str, authority: str | None) -> OwnId:
    """The person who is meant. `CommandError` where that is not plain."""
    meant = await person_of(session, person_id.strip(), authority)
    if isinstance(meant, OwnId):
        return meant
    raise CommandError(_unclear(meant, "person", person_id))


def _unclear(meant: Unclear, noun: str, name: str) -> str:
    if meant.authorities:
        return f"{' and '.join(meant.authorities)} each have a {noun} {name}; say which with --authority."
    near = f" Is it {' or '.join(meant.near)}?" if meant.near else ""
    return f"no {noun} {name} is known.{near}"
