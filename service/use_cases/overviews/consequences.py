"""What an event would do to a plan, before it is sent, and what it has done since: which duties it meets and opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.event import parse_event
from service.domain.obligations.obligation import Obligation, Status, standing_of
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.wording import with_rules
from service.store import obligations
from service.use_cases.looks.look_at_plan import PlanFacts

_MET = (Status.MET, Status.MET_LATE)
_OFF = (Status.CANCELLED, Status.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Consequences:
    """The duties that an event meets, opens, and ends without their being met."""

    met: Sequence[Obligation]
    opened: Sequence[Obligation]
    ended: Sequence[Obligation]


def consequences(
    book: PolicyBook, plan: OwnId, history: PlanFacts, raw: Mapping[str, object], now: datetime
) -> Consequences:
    """What an event would do, by the same rules as when it is taken in. EventFault: it would be refused."""
    event = replace(parse_event(raw, book.authorities), authority=plan.authority)
    before = _standing(book, history, now)
    after = _standing(book, replace(history, events=(*history.events, event)), now)
    changed = [duty for key, duty in after.items() if before.get(key) != duty]
    return Consequences(
        met=[duty for duty in changed if duty.status in _MET and _was_unmet(before.get(duty.key))],
        opened=[duty for duty in changed if duty.live and duty.key not in before],
        ended=[duty for duty in changed if duty.status in _OFF and _was_unmet(before.get(duty.key))],
    )


async def consequences_of(session: AsyncSession, book: PolicyBook, plan: OwnId, event: str) -> Consequences:
    """What an event has done, as of the plan's last look."""
    owed = with_rules(book, await obligations.of_plan(session, plan))
    met = [duty for duty in owed if duty.met_by == event]
    opened = [duty for duty in owed if duty.from_event == event and duty.live]
    return Consequences(met, opened, [])


def _standing(book: PolicyBook, history: PlanFacts, now: datetime) -> Mapping[str, Obligation]:
    facts = history.for_alerts(now)
    if facts is None or not facts.introduced:
        return {}
    return {duty.key: duty for duty in standing_of(facts, book, now).obligations}


def _was_unmet(before: Obligation | None) -> bool:
    """A link of a chain that an event meets may not have been listed before."""
    return before is None or before.live
