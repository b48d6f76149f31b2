"""A phone that serves several: which check-ins a number is in, and the letters that tell them apart."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.check_ins import check_in_series
from service.store import persons
from service.use_cases.looks.look_at_plan import facts_of_plan

# Two letters that make no word, stand for no harm and no service, and are not taken for 1 or 2.
CODES = tuple("".join(letters) for letters in product("FJKQZ", "NRTX"))


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One person's check-ins on one plan; `active`: they go on; `replied`: when a reply to them last came."""

    plan: str
    person: str
    authority: str
    active: bool = field(compare=False)
    replied: datetime | None = field(compare=False)


async def lines_of(session: AsyncSession, book: PolicyBook, number: str, now: datetime) -> list[Line]:
    """All check-ins that were ever agreed with the holders of a number, in order; with former ones if nobody has it."""
    holders = await persons.with_mobile(session, number) or await persons.ever_with(session, number)
    lines: list[Line] = []
    for plan in await persons.plans_naming(session, holders):
        plan_facts = await facts_of_plan(session, book, plan)
        if (facts := Facts.of(plan_facts.events, plan_facts.directory, local_day(now))) is not None:
            own = (person.id for person in holders if person.authority == plan.authority)
            lines += [line for person in own if (line := _line(facts, person, now)) is not None]
    return sorted(lines)


async def code_for(
    session: AsyncSession, book: PolicyBook, plan: OwnId, asks_for: Collection[str], person: str, now: datetime
) -> str | None:
    """The letters by which a reply to a text is known; None where the number serves nobody and nothing else.

    `asks_for` are the plans of the person for which the text asks, `plan` the one of them whose letters it carries.
    """
    number = await persons.mobile_of(session, OwnId(plan.authority, person))
    holders = await persons.with_mobile(session, number) if number else []
    # Almost always one person on one plan: nothing more is read then.
    if len(holders) * len(await persons.plans_naming(session, holders)) <= 1 or number is None:
        return None
    active = [line for line in await lines_of(session, book, number, now) if line.active]
    asked_now = {OwnId(plan.authority, reference) for reference in asks_for}
    serves_more = any(line.person != person or OwnId(line.authority, line.plan) not in asked_now for line in active)
    return codes(active).get((plan, person)) if serves_more else None


def codes(lines: Sequence[Line]) -> dict[tuple[OwnId, str], str]:
    """Letters for the check-ins of one number: always the same for a plan and person, moved on where two coincide."""
    taken: dict[str, tuple[OwnId, str]] = {}
    for line in sorted(lines)[: len(CODES)]:
        place = int.from_bytes(hashlib.sha256(f"{line.plan}/{line.person}".encode()).digest()[:4], "big") % len(CODES)
        while CODES[place] in taken:
            place = (place + 1) % len(CODES)
        taken[CODES[place]] = (OwnId(line.authority, line.plan), line.person)
    return {whose: code for code, whose in taken.items()}


def _line(facts: Facts, person: str, now: datetime) -> Line | None:
    mine = [series for series in check_in_series(facts) if series.person == person]
    if not mine:
        return None
    today = local_day(now)
    active = facts.ended is None and any(series.ends_before is None or today < series.ends_before for series in mine)
    replies = (fact for fact in facts.ever("check_in.replied") if fact.get("person") == person)
    replied = max((fact.moment or fact.time for fact in replies), default=None)
    return Line(facts.plan, person, facts.authority, active, replied)
