"""People who must be told things but have no address that works."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.channels.spec import Channel
from notifications.tables import message
from service.sentinel.finding import MOST, Asked, AuditFinding
from service.sentinel.people import OwnName, holders, portions
from service.sentinel.round import Round, standing
from service.store.tables import IS_LIVE, bad_address, event, obligation

_CODE = "person_unreachable"
_REFUSED_SINCE = timedelta(days=14)
_PEOPLE = 1_000  # who owe something, at a look


class Unreachable:
    """Finds whoever holds a role or owes something and has no working address.

    None is recorded, or each is known bad or was refused last time. Holders of roles for a whole authority are asked
    about at each look; of those who owe something, in a round.
    """

    def __init__(self, people: int = _PEOPLE) -> None:
        """`people`: how many of those who owe something a look asks about."""
        self._round = Round(people)
        self._came_to_its_end = True

    async def find(self, session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
        """Those without an address among the holders, those who stand, and the next of those who owe something."""
        names = {(holder.authority, holder.person) for holder in await holders(session)}
        names |= await _owing(session, await standing(session, _CODE))
        who = (obligation.c.authority, obligation.c.responsible)
        names.update(await self._round.names(session, who, IS_LIVE, obligation.c.responsible.is_not(None)))
        findings: list[AuditFinding] = []
        for authority, portion in portions(names):
            addresses = await _addresses(session, authority, portion)
            bad = await _bad(session, authority, portion) | await _refused(session, context, authority, portion)
            for name, channels in addresses.items():
                if not {channel for channel in channels if (name, channel) not in bad}:
                    why = f"no address but {' and '.join(sorted(channels))}, refused" if channels else "no address"
                    findings.append(AuditFinding(_CODE, f"{authority}|{name}", f"{name}: {why}", authority))
        self._came_to_its_end = len(findings) <= MOST
        return sorted(findings, key=lambda finding: finding.key)[:MOST]

    def kept(self) -> None:
        """Go on from here at the next look: all findings of this one are stored."""
        if self._came_to_its_end:
            self._round.go_on()


async def _owing(session: AsyncSession, names: Collection[OwnName]) -> set[OwnName]:
    """Those of some people who owe something."""
    owing: set[OwnName] = set()
    for authority, portion in portions(names):
        theirs = (obligation.c.responsible.in_(portion), obligation.c.authority == authority)
        rows = await session.scalars(select(obligation.c.responsible).where(*theirs, IS_LIVE).distinct())
        owing.update((authority, name) for name in rows)
    return owing


async def _addresses(session: AsyncSession, authority: str, names: Sequence[str]) -> Mapping[str, set[str]]:
    """The channels for which the latest record of each person of an authority has an address."""
    rows = await session.execute(
        select(event.c.subject, event.c.raw)
        .where(event.c.about == "person", event.c.subject.in_(names), event.c.type == "person.recorded")
        .where(event.c.authority == authority, ~event.c.waiting)
        .order_by(event.c.time, event.c.source, event.c.id)
    )
    # The latest record overwrites the earlier ones.
    return {name: _reachable_by(raw["data"]) for name, raw in rows}


def _reachable_by(data: Mapping[str, object]) -> set[str]:
    """The channels for which a person's record has an address; one that may be missing reaches nobody for sure."""
    sure = (channel for channel in Channel if not channel.spec.optional)
    return {channel.value for channel in sure if data.get(channel.spec.address_field)}


async def _bad(session: AsyncSession, authority: str, names: Sequence[str]) -> set[tuple[str, str]]:
    theirs = (bad_address.c.person.in_(names), bad_address.c.authority == authority)
    rows = await session.execute(select(bad_address.c.person, bad_address.c.channel).where(*theirs))
    return {(name, channel) for name, channel in rows}


async def _refused(session: AsyncSession, context: Asked, authority: str, names: Sequence[str]) -> set[tuple[str, str]]:
    """Persons with each channel by which their latest settled message was refused for good."""
    undeliverable = (
        select(message.c.person, message.c.channel)
        .where(message.c.state == "undeliverable", message.c.created_at >= context.now - _REFUSED_SINCE)
        .where(message.c.person.in_(names), message.c.authority == authority)
        .distinct()
    )
    refused: set[tuple[str, str]] = set()
    for name, channel in (await session.execute(undeliverable)).all():
        latest_state = (
            select(message.c.state)
            .where(message.c.person == name, message.c.authority == authority, message.c.channel == channel)
            .where(message.c.state.in_(("sent", "undeliverable")))
            .order_by(message.c.created_at.desc())
            .limit(1)
        )
        if await session.scalar(latest_state) == "undeliverable":
            refused.add((name, channel))
    return refused
