"""Who holds which role, and roles that nobody holds."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import Asked, AuditFinding
from service.store.tables import IS_LIVE, event, obligation, person, plan

OF_MANY = ("parent", "carer", "child", "network_member", "agency")
_AT_ONCE = 400  # names in one query


OwnName = tuple[str, str]  # an authority, and the id of one of its plans or persons


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
        select(obligation.c.authority, obligation.c.responsible_role, func.count(), func.min(obligation.c.due_on))
        .where(obligation.c.authority.in_(context.expected.roles), obligation.c.responsible.is_(None), IS_LIVE)
        .group_by(obligation.c.authority, obligation.c.responsible_role)
    )
    return [
        AuditFinding("nobody_responsible", f"{authority}|{role}", f"{number} of {role}, the first due {due}", authority)
        for authority, role, number, due in rows
    ]


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
    withdrawn = {(authority, raw["data"]["event"]) for _, authority, kind, raw in events if kind == "event.withdrawn"}
    held: dict[tuple[str, str], str] = {}
    for event_id, authority, kind, raw in events:
        data = raw["data"]
        if (authority, event_id) in withdrawn or kind not in ("role.assigned", "role.ended"):
            continue
        if kind == "role.assigned":
            held[authority, data["role"]] = data["person"]
        elif held.get((authority, data["role"])) == data["person"]:
            del held[authority, data["role"]]
    introduced = await _introduced(session, {(authority, name) for (authority, _), name in held.items()})
    return [Held(authority, role, name) for (authority, role), name in held.items() if (authority, name) in introduced]


async def holders_of_plans(session: AsyncSession, plans: Collection[OwnName]) -> dict[OwnName, set[str]]:
    """The present holders of all roles on each plan."""
    held: dict[OwnName, dict[tuple[str, str], bool]] = {}
    for authority, portion in portions(plans):
        rows = await session.execute(
            select(event.c.subject, event.c.type, event.c.raw)
            .where(event.c.about == "plan", event.c.subject.in_(portion), ~event.c.waiting)
            .where(event.c.authority == authority)
            .where(event.c.type.in_(("role.assigned", "role.ended")))
            .order_by(event.c.time, event.c.source, event.c.id)
        )
        for name, kind, raw in rows:
            data = raw["data"]
            roles = held.setdefault((authority, name), {})
            if kind == "role.assigned" and data["role"] not in OF_MANY:  # the new holder replaces the old one
                roles |= dict.fromkeys([assigned for assigned in roles if assigned[0] == data["role"]], False)
            roles[data["role"], data["person"]] = kind == "role.assigned"
    return {name: {person for (_, person), holds in roles.items() if holds} for name, roles in held.items()}


async def covers(session: AsyncSession, authority: str, names: Collection[str]) -> set[str]:
    """All persons who were ever named as the cover of one of these persons of an authority."""
    persons: set[str] = set()
    for _, portion in portions({(authority, name) for name in names}):
        is_absence = (event.c.about == "person", event.c.subject.in_(portion), event.c.type == "absence.recorded")
        absences = await session.scalars(select(event.c.raw).where(*is_absence, event.c.authority == authority))
        persons.update(raw["data"].get("cover") for raw in absences)
    return persons - {None}


def portions(names: Collection[OwnName]) -> Iterator[tuple[str, list[str]]]:
    """The names of each authority in sorted lists, each short enough for one query."""
    for authority, own_names in groupby(sorted(names), key=itemgetter(0)):
        ordered = [name for _, name in own_names]
        for start in range(0, len(ordered), _AT_ONCE):
            yield authority, ordered[start : start + _AT_ONCE]


async def _introduced(session: AsyncSession, names: Collection[OwnName]) -> set[OwnName]:
    introduced: set[OwnName] = set()
    for authority, portion in portions(names):
        these = (person.c.id.in_(portion), person.c.authority == authority)
        introduced.update((authority, name) for name in await session.scalars(select(person.c.id).where(*these)))
    return introduced
