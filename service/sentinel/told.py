"""Overdue obligations of which nobody who is still there was told, judged by the messages that were sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.sentinel.finding import MOST, Asked, AuditFinding
from service.sentinel.people import Held, OwnName, covers, holders, holders_of_plans, portions
from service.sentinel.round import Round, standing
from service.sentinel.working_days import local_date, start_of
from service.store.tables import IS_LIVE, ledger, obligation

# They say that something is late, whenever they go: what is due at an hour is late on its own day.
_SAY_LATE = ("overdue", "escalation")
_WORKING_DAYS = 2  # after the due day, or after the later day on which the obligation became known
_LATE = 1_000  # days and plans on which something is late, at a look
_CODE = "overdue_untold"
_OF_A_PLAN = (
    message.c.authority, message.c.plan, message.c.sent_to, message.c.purpose, message.c.at, message.c.about,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owed:
    """An overdue obligation; `since` is the due day, or the later day on which it became known."""

    plan: str
    authority: str
    key: str
    kind: str
    about: str | None
    due_on: date
    responsible: str | None
    since: date

    @property
    def of_plan(self) -> OwnName:
        """The plan on which it is owed."""
        return self.authority, self.plan

    @property
    def late_from(self) -> datetime:
        """The moment (UTC) before which it cannot have been overdue."""
        return start_of(self.due_on)

    def is_told_by(self, purpose: str, at: datetime, about: Sequence[Mapping[str, Any]]) -> bool:
        """Whether a message says of it that it is overdue: by its purpose, or by a moment after the due day."""
        if at < (self.late_from if purpose in _SAY_LATE else start_of(self.due_on + timedelta(days=1))):
            return False
        own_entry = {"kind": self.kind, "plan": self.plan, "due_on": self.due_on.isoformat(), "about": self.about}
        return any(own_entry.items() <= entry.items() for entry in about)  # one with an hour says `due_at` as well


class Untold:
    """Finds what has been overdue for two working days without one sent message to a person who is still there.

    What has just become late by the days of most councils is asked about at once, and all that is late in a round: what
    became known late, and what is late a day later because its council was shut, waits for that.
    """

    def __init__(self, late: int = _LATE) -> None:
        """`late`: how much of what is late a look asks about, beside what has just become late."""
        self._round = Round(late)
        self._before = self._limit = date.min  # what was due before this day was late at the last look
        self._came_to_its_end = True

    async def find(self, session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
        """Those among what stands, what has just become late, and the next of what is late."""
        self._limit = _limit(context, None)
        present = await holders(session)
        findings: dict[str, AuditFinding] = {}
        for name_plans in (self._standing, self._just_late, self._next_late):
            names = await name_plans(session) if len(findings) < MOST else ()
            for authority, plans in portions(names):
                owed = await _owed(session, context, authority, plans)
                untold = await _untold(session, await _without_notice(session, owed, present), present)
                findings |= {finding.key: finding for finding in map(_finding, untold)}
                if len(findings) >= MOST:  # more of the same says nothing new
                    break
        self._came_to_its_end = len(findings) < MOST
        return [*findings.values()][:MOST]

    def kept(self) -> None:
        """Go on from here at the next look: all findings of this one are stored."""
        if self._came_to_its_end:
            self._round.go_on()
            self._before = self._limit

    async def _standing(self, session: AsyncSession) -> list[OwnName]:
        """The plans of what stands. A plan's id may hold a bar, too: what is no plan's id owes nothing."""
        keys = [(authority, key.split("|")) for authority, key in await standing(session, _CODE)]
        return sorted({(authority, "|".join(key[:end])) for authority, key in keys for end in range(1, len(key))})

    async def _just_late(self, session: AsyncSession) -> list[OwnName]:
        """The plans of what has become late since the last look, by the days of most councils."""
        if self._before in (date.min, self._limit):
            return []
        since = (obligation.c.due_on >= self._before, obligation.c.due_on < self._limit)
        rows = await session.execute(select(obligation.c.authority, obligation.c.plan).where(IS_LIVE, *since))
        return sorted({(authority, plan) for authority, plan in rows})

    async def _next_late(self, session: AsyncSession) -> list[OwnName]:
        by_day = (obligation.c.due_on, obligation.c.authority, obligation.c.plan)
        late = await self._round.names(session, by_day, IS_LIVE, obligation.c.due_on < self._limit)
        return sorted({(authority, plan) for _, authority, plan in late})


def _limit(context: Asked, authority: str | None) -> date:
    """The day before which an obligation must have been due, and known, to have been told by now."""
    return context.days.before(local_date(context.now), _WORKING_DAYS, authority)


async def _owed(session: AsyncSession, context: Asked, authority: str, plans: Sequence[str]) -> list[Owed]:
    """What has been late for long enough on some plans of an authority."""
    same_plan = and_(ledger.c.plan == obligation.c.plan, ledger.c.authority == obligation.c.authority)
    seen = and_(same_plan, ledger.c.kind == "seen", ledger.c.key == obligation.c.key)
    columns = (
        obligation.c.plan, obligation.c.authority, obligation.c.key, obligation.c.kind, obligation.c.about,
        obligation.c.due_on, obligation.c.responsible, ledger.c.at,
    )  # fmt: skip
    rows = await session.execute(
        select(*columns)
        .outerjoin(ledger, seen)
        .where(obligation.c.plan.in_(plans), obligation.c.authority == authority)
        .where(IS_LIVE, obligation.c.due_on < _limit(context, None))
    )
    duties = (Owed(*row[:-1], since=max(row.due_on, local_date(row.at)) if row.at else row.due_on) for row in rows)
    return [duty for duty in duties if duty.since < _limit(context, authority)]


async def _without_notice(session: AsyncSession, owed: Sequence[Owed], authority_holders: Sequence[Held]) -> list[Owed]:
    """Those of which no message of their own went to the responsible person or a holder for the whole authority."""
    if not owed:
        return []
    rows = await session.execute(
        select(*_OF_A_PLAN).where(
            message.c.authority == owed[0].authority,
            message.c.plan.in_({duty.plan for duty in owed}),
            message.c.created_at >= min(duty.late_from for duty in owed),
            message.c.state == "sent",
            message.c.purpose.in_((*_SAY_LATE, "reminder")),
        )
    )
    sent = rows.all()
    present = {(holder.authority, holder.person) for holder in authority_holders}
    return [
        duty
        for duty in owed
        if not any(
            (authority, plan_id) == duty.of_plan
            and (person == duty.responsible or (duty.authority, person) in present)
            and duty.is_told_by(purpose, at, about)
            for authority, plan_id, person, purpose, at, about in sent
        )
    ]


async def _untold(session: AsyncSession, owed: Sequence[Owed], authority_holders: Sequence[Held]) -> list[Owed]:
    """Those of which neither a holder, on the plan or for its authority, nor a cover was told, digests included."""
    on_plans = await holders_of_plans(session, {duty.of_plan for duty in owed})
    untold: list[Owed] = []
    for duty in owed:
        present = {holder.person for holder in authority_holders if holder.authority == duty.authority}
        present |= on_plans.get(duty.of_plan, set())
        present |= {duty.responsible} if duty.responsible else set()
        if not await _was_told(session, duty, present | await covers(session, duty.authority, present)):
            untold.append(duty)
    return untold


async def _was_told(session: AsyncSession, duty: Owed, people: set[str]) -> bool:
    rows = await session.execute(
        select(message.c.purpose, message.c.at, message.c.about).where(
            message.c.person.in_(people),
            message.c.authority == duty.authority,
            message.c.created_at >= duty.late_from,
            message.c.state == "sent",
            message.c.sent_to.in_(people),
            or_(message.c.plan == duty.plan, message.c.plan.is_(None)),
        )
    )
    return any(duty.is_told_by(*row) for row in rows)


def _finding(duty: Owed) -> AuditFinding:
    detail = f"{duty.plan}: {duty.kind}, due {duty.due_on}"
    return AuditFinding(_CODE, f"{duty.authority}|{duty.plan}|{duty.key}", detail, duty.authority)
