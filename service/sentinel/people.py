"""Roles that nobody holds, and people who must be told things but cannot be reached."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.channels.spec import Channel
from notifications.tables import message
from service.sentinel.finding import MOST, Asked, AuditFinding
from service.store.tables import bad_address, event, obligation, person, plan

LIVE = ("open", "overdue")
OF_MANY = ("parent", "carer", "child", "network_member", "agency")
_REFUSED_SINCE = timedelta(days=14)
_AT_ONCE = 400  # names in one query


@dataclass(frozen=True, slots=True)
class Held:
    """A role for a whole authority, and the person who holds it now."""

    authority: str
    role: str
    person: str


async def vacant(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Roles that nobody holds although alerts or other messages go to them, of authorities that have plans."""
    held = {(holder.authority, holder.role) for holder in await holders(session)}
    findings: list[AuditFinding] = []
    for authority in sorted(context.expected.roles):
        if not await session.scalar(select(exists().where(plan.c.authority == authority))):
            continue
        vacancies = sorted(role for role in context.expected.roles[authority] if (authority, role) not in held)
        findings += [AuditFinding("role_vacant", f"{authority}|{role}", role, authority) for role in vacancies]
    return findings


async def nobody_responsible(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Obligations, open or overdue, whose responsible role nobody holds; one finding for each authority and role."""
    rows = await session.execute(
        select(plan.c.authority, obligation.c.responsible_role, func.count(), func.min(obligation.c.due_on))
        .join(plan, plan.c.id == obligation.c.plan)
        .where(obligation.c.responsible.is_(None), obligation.c.status.in_(LIVE))
        .group_by(plan.c.authority, obligation.c.responsible_role)
    )
    return [
        AuditFinding("nobody_responsible", f"{authority}|{role}", f"{number} of {role}, the first due {due}", authority)
        for authority, role, number, due in rows
    ]


async def unreachable(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Holders of roles without a working address: none is recorded, or each is known bad or was refused last time."""
    names = {holder.person for holder in await holders(session)}
    owing = select(obligation.c.responsible).where(obligation.c.status.in_(LIVE)).distinct()
    names |= {name for name in await session.scalars(owing) if name is not None}
    findings: list[AuditFinding] = []
    for portion in portions(names):
        addresses = await _addresses(session, portion)
        bad = await _bad(session, portion) | await _refused(session, context, portion)
        for name, (authority, channels) in addresses.items():
            if not {channel for channel in channels if (name, channel) not in bad}:
                why = f"no address but {' and '.join(sorted(channels))}, refused" if channels else "no address"
                findings.append(AuditFinding("person_unreachable", name, f"{name}: {why}", authority))
    return sorted(findings, key=lambda finding: finding.key)[:MOST]


async def holders(session: AsyncSession) -> list[Held]:
    """The present holders of roles for a whole authority, by the latest event about each role.

    A person whom no event has introduced holds nothing.
    """
    rows = await session.execute(
        select(event.c.id, event.c.authority, event.c.type, event.c.raw)
        .where(event.c.about == "authority", ~event.c.waiting)
        .order_by(event.c.time, event.c.source, event.c.id)
    )
    events = rows.all()
    withdrawn = {raw["data"]["event"] for _, _, kind, raw in events if kind == "event.withdrawn"}
    held: dict[tuple[str, str], str] = {}
    for event_id, authority, kind, raw in events:
        data = raw["data"]
        if event_id in withdrawn or kind not in ("role.assigned", "role.ended"):
            continue
        if kind == "role.assigned":
            held[authority, data["role"]] = data["person"]
        elif held.get((authority, data["role"])) == data["person"]:
            del held[authority, data["role"]]
    introduced = await _introduced(session, set(held.values()))
    return [Held(authority, role, name) for (authority, role), name in held.items() if name in introduced]


async def holders_of_plans(session: AsyncSession, plans: Collection[str]) -> dict[str, set[str]]:
    """The present holders of all roles on each plan."""
    held: dict[str, dict[tuple[str, str], bool]] = {}
    for portion in portions(plans):
        rows = await session.execute(
            select(event.c.subject, event.c.type, event.c.raw)
            .where(event.c.about == "plan", event.c.subject.in_(portion), ~event.c.waiting)
            .where(event.c.type.in_(("role.assigned", "role.ended")))
            .order_by(event.c.time, event.c.source, event.c.id)
        )
        for name, kind, raw in rows:
            data = raw["data"]
            roles = held.setdefault(name, {})
            if kind == "role.assigned" and data["role"] not in OF_MANY:  # the new holder replaces the old one
                roles |= dict.fromkeys([assigned for assigned in roles if assigned[0] == data["role"]], False)
            roles[data["role"], data["person"]] = kind == "role.assigned"
    return {name: {person for (_, person), holds in roles.items() if holds} for name, roles in held.items()}


async def covers(session: AsyncSession, names: Collection[str]) -> set[str]:
    """All persons who were ever named as the cover of one of these."""
    persons: set[str] = set()
    for portion in portions(names):
        is_absence = (event.c.about == "person", event.c.subject.in_(portion), event.c.type == "absence.recorded")
        absences = await session.scalars(select(event.c.raw).where(*is_absence))
        persons.update(raw["data"].get("cover") for raw in absences)
    return persons - {None}


def portions(names: Collection[str]) -> Iterator[list[str]]:
    """The names in sorted lists, each short enough for one query."""
    ordered = sorted(names)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


async def _introduced(session: AsyncSession, names: Collection[str]) -> set[str]:
    introduced: set[str] = set()
    for portion in portions(names):
        introduced.update(await session.scalars(select(person.c.id).where(person.c.id.in_(portion))))
    return introduced


async def _addresses(session: AsyncSession, names: Sequence[str]) -> Mapping[str, tuple[str, set[str]]]:
    """The authority of each person, and the channels for which the latest record has an address."""
    rows = await session.execute(
        select(event.c.subject, event.c.raw, person.c.authority)
        .join(person, person.c.id == event.c.subject)
        .where(event.c.about == "person", event.c.subject.in_(names), event.c.type == "person.recorded")
        .order_by(event.c.time, event.c.source, event.c.id)
    )
    addresses: dict[str, tuple[str, set[str]]] = {}
    for name, raw, authority in rows:  # the latest record overwrites the earlier ones
        addresses[name] = (authority, _reachable_by(raw["data"]))
    return addresses


def _reachable_by(data: Mapping[str, object]) -> set[str]:
    """The channels for which a person's record has an address; one that may be missing reaches nobody for sure."""
    sure = (channel for channel in Channel if not channel.spec.optional)
    return {channel.value for channel in sure if data.get(channel.spec.address_field)}


async def _bad(session: AsyncSession, names: Sequence[str]) -> set[tuple[str, str]]:
    rows = await session.execute(
        select(bad_address.c.person, bad_address.c.channel).where(bad_address.c.person.in_(names))
    )
    return {(name, channel) for name, channel in rows}


async def _refused(session: AsyncSession, context: Asked, names: Sequence[str]) -> set[tuple[str, str]]:
    """Persons with each channel by which their latest settled message was refused for good."""
    undeliverable = (
        select(message.c.person, message.c.channel)
        .where(message.c.state == "undeliverable", message.c.created_at >= context.now - _REFUSED_SINCE)
        .where(message.c.person.in_(names))
        .distinct()
    )
    refused: set[tuple[str, str]] = set()
    for name, channel in (await session.execute(undeliverable)).all():
        latest_state = (
            select(message.c.state)
            .where(message.c.person == name, message.c.channel == channel)
            .where(message.c.state.in_(("sent", "undeliverable")))
            .order_by(message.c.created_at.desc())
            .limit(1)
        )
        if await session.scalar(latest_state) == "undeliverable":
            refused.add((name, channel))
    return refused
