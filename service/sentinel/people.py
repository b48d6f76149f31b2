"""Roles that nobody holds, and people who have to be told things and cannot be reached."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.sentinel.finding import MOST, Asked, Finding
from service.store.tables import bad_address, event, obligation, person, plan

LIVE = ("open", "overdue")
CHANNELS = {"email": "email", "sms": "mobile"}  # and the field of a person's record that holds the address
OF_MANY = ("parent", "carer", "child", "network_member", "agency")
_REFUSED_SINCE = timedelta(days=14)
_AT_ONCE = 400  # names in one question


@dataclass(frozen=True, slots=True)
class Held:
    """A role of a whole authority, by whom it is held now."""

    authority: str
    role: str
    person: str


async def vacant(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Roles that alerts and other messages fall to, of authorities that have plans, and that nobody holds."""
    held = {(one.authority, one.role) for one in await holders(session)}
    found: list[Finding] = []
    for authority in sorted(asked.expected.roles):
        if not await session.scalar(select(exists().where(plan.c.authority == authority))):
            continue
        empty = sorted(role for role in asked.expected.roles[authority] if (authority, role) not in held)
        found += [Finding("role_vacant", f"{authority}|{role}", role, authority) for role in empty]
    return found


async def nobody_responsible(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """What is open or overdue, and whose role nobody holds."""
    rows = await session.execute(
        select(plan.c.authority, obligation.c.responsible_role, func.count(), func.min(obligation.c.due_on))
        .join(plan, plan.c.id == obligation.c.plan)
        .where(obligation.c.responsible.is_(None), obligation.c.status.in_(LIVE))
        .group_by(plan.c.authority, obligation.c.responsible_role)
    )
    return [
        Finding("nobody_responsible", f"{authority}|{role}", f"{number} of {role}, the first due {due}", authority)
        for authority, role, number, due in rows
    ]


async def unreachable(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Holders of roles without an address that works: none on record, known to be bad, or refused the last time."""
    names = {one.person for one in await holders(session)}
    owing = select(obligation.c.responsible).where(obligation.c.status.in_(LIVE)).distinct()
    names |= {name for name in await session.scalars(owing) if name is not None}
    found: list[Finding] = []
    for some in portions(names):
        known = await _addresses(session, some)
        bad = await _bad(session, some) | await _refused(session, asked, some)
        for name, (authority, channels) in known.items():
            if not {channel for channel in channels if (name, channel) not in bad}:
                why = f"no address but {' and '.join(sorted(channels))}, refused" if channels else "no address"
                found.append(Finding("person_unreachable", name, f"{name}: {why}", authority))
    return sorted(found, key=lambda one: one.key)[:MOST]


async def holders(session: AsyncSession) -> list[Held]:
    """Who holds which role of a whole authority, by the latest word on each; people whom nothing introduced do not."""
    rows = await session.execute(
        select(event.c.id, event.c.authority, event.c.type, event.c.raw)
        .where(event.c.about == "authority", ~event.c.waiting)
        .order_by(event.c.time, event.c.source, event.c.id)
    )
    events = rows.all()
    taken_back = {raw["data"]["event"] for _, _, kind, raw in events if kind == "event.withdrawn"}
    held: dict[tuple[str, str], str] = {}
    for name, authority, kind, raw in events:
        data = raw["data"]
        if name in taken_back or kind not in ("role.assigned", "role.ended"):
            continue
        if kind == "role.assigned":
            held[authority, data["role"]] = data["person"]
        elif held.get((authority, data["role"])) == data["person"]:
            del held[authority, data["role"]]
    introduced = await _introduced(session, set(held.values()))
    return [Held(authority, role, name) for (authority, role), name in held.items() if name in introduced]


async def holders_of_plans(session: AsyncSession, plans: Collection[str]) -> dict[str, set[str]]:
    """Everybody who holds a role on each plan now."""
    held: dict[str, dict[tuple[str, str], bool]] = {}
    for some in portions(plans):
        rows = await session.execute(
            select(event.c.subject, event.c.type, event.c.raw)
            .where(event.c.about == "plan", event.c.subject.in_(some), ~event.c.waiting)
            .where(event.c.type.in_(("role.assigned", "role.ended")))
            .order_by(event.c.time, event.c.source, event.c.id)
        )
        for name, kind, raw in rows:
            data = raw["data"]
            roles = held.setdefault(name, {})
            if kind == "role.assigned" and data["role"] not in OF_MANY:  # the new holder ends the old one's time
                roles |= dict.fromkeys([one for one in roles if one[0] == data["role"]], False)
            roles[data["role"], data["person"]] = kind == "role.assigned"
    return {name: {person for (_, person), holds in roles.items() if holds} for name, roles in held.items()}


async def covers(session: AsyncSession, names: Collection[str]) -> set[str]:
    """Everybody who was ever named to stand in for one of these."""
    found: set[str] = set()
    for some in portions(names):
        away = (event.c.about == "person", event.c.subject.in_(some), event.c.type == "absence.recorded")
        found.update(raw["data"].get("cover") for raw in await session.scalars(select(event.c.raw).where(*away)))
    return found - {None}


def portions(names: Collection[str]) -> Iterator[list[str]]:
    """Names in lists of what one question takes."""
    ordered = sorted(names)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


async def _introduced(session: AsyncSession, names: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in portions(names):
        found.update(await session.scalars(select(person.c.id).where(person.c.id.in_(some))))
    return found


async def _addresses(session: AsyncSession, names: Sequence[str]) -> Mapping[str, tuple[str, set[str]]]:
    """The authority of each person, and the channels for which the last record has an address."""
    rows = await session.execute(
        select(event.c.subject, event.c.raw, person.c.authority)
        .join(person, person.c.id == event.c.subject)
        .where(event.c.about == "person", event.c.subject.in_(names), event.c.type == "person.recorded")
        .order_by(event.c.time, event.c.source, event.c.id)
    )
    found: dict[str, tuple[str, set[str]]] = {}
    for name, raw, authority in rows:  # the last one counts
        found[name] = (authority, {channel for channel, field in CHANNELS.items() if raw["data"].get(field)})
    return found


async def _bad(session: AsyncSession, names: Sequence[str]) -> set[tuple[str, str]]:
    rows = await session.execute(
        select(bad_address.c.person, bad_address.c.channel).where(bad_address.c.person.in_(names))
    )
    return {(name, channel) for name, channel in rows}


async def _refused(session: AsyncSession, asked: Asked, names: Sequence[str]) -> set[tuple[str, str]]:
    """By which channels the last message to a person, of those that are settled, was refused for good."""
    tried = (
        select(message.c.person, message.c.channel)
        .where(message.c.state == "undeliverable", message.c.created_at >= asked.now - _REFUSED_SINCE)
        .where(message.c.person.in_(names))
        .distinct()
    )
    found: set[tuple[str, str]] = set()
    for name, channel in (await session.execute(tried)).all():
        last = (
            select(message.c.state)
            .where(message.c.person == name, message.c.channel == channel)
            .where(message.c.state.in_(("sent", "undeliverable")))
            .order_by(message.c.created_at.desc())
            .limit(1)
        )
        if await session.scalar(last) == "undeliverable":
            found.add((name, channel))
    return found
