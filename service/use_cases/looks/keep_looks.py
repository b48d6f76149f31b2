"""Keep what looks at plans brought out: obligations, messages, lines, what was withheld, problems, ledgers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.outbox import outbox
from service.domain.look import Look
from service.domain.telling.records import Ledger
from service.store import digest_lines, ledger, obligations, plans, problems, withheld
from service.store.ledger import LedgerChange
from service.store.plans import Looked, PlanRow


@dataclass(frozen=True, slots=True)
class LookOfPlan:
    """A plan as it was taken, its ledger before, and what a look brought out."""

    plan: PlanRow
    before: Ledger
    outcome: Look


async def keep_looks(session: AsyncSession, looks: Sequence[LookOfPlan], now: datetime) -> None:
    """Write what changed by some looks, each at another plan. Two may bring out the same message: it is put in once."""
    outcomes = [look.outcome for look in looks]
    await obligations.replace(session, {look.plan.own_id: look.outcome.obligations for look in looks})
    messages = {message.name: message for outcome in reversed(outcomes) for message in reversed(outcome.messages)}
    await outbox.put(session, list(reversed(messages.values())), now)
    await digest_lines.add(session, [line for outcome in outcomes for line in outcome.lines])
    await withheld.add(session, [record for outcome in outcomes for record in outcome.withheld])
    await problems.add(session, [problem for outcome in outcomes for problem in outcome.problems])
    await ledger.replace(session, [LedgerChange(look.plan.own_id, look.before, look.outcome.ledger) for look in looks])
    await plans.looked(session, [Looked(look.plan, look.outcome.next_look, look.outcome.ended_on) for look in looks])
