"""The days on which a person owes something: what a calendar shows."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.wording import rule_of, with_rules
from service.store import obligations, plan_rows


@dataclass(frozen=True, slots=True)
class DueDate:
    """One duty in a calendar: its lasting key, the plan's reference, what it is called, and the local day.

    `version` grows whenever the plan is looked at.
    """

    key: str
    plan: str
    label: str
    day: date
    version: int


async def due_dates(session: AsyncSession, book: PolicyBook, person: OwnId) -> list[DueDate]:
    """What a person owes by a day, in order. A visit that nobody may expect is left out: calendars are shared."""
    owed = with_rules(book, await obligations.live_of_person(session, person))
    duties = [duty for duty in owed if duty.has_day and not duty.unannounced]
    versions = await plan_rows.versions(session, {OwnId(duty.authority, duty.plan) for duty in duties})
    return [
        DueDate(duty.key, duty.plan, rule_of(book, duty).label, duty.act_by, versions.get(duty.plan, 0))
        for duty in duties
    ]
