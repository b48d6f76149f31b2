"""Look at the plan that has been due longest."""

from datetime import datetime

from config.database import Sessions, reading, transaction
from service.domain.policy import PolicyBook
from service.store import plans
from service.use_cases.look_at_plan import look_safely


async def look_at_due(sessions: Sessions, book: PolicyBook, now: datetime) -> bool:
    """Look at one plan that is due, in a transaction of its own. False: none is."""
    async with reading(sessions) as session:
        plan = await plans.next_due(session, now)
    if plan is None:
        return False
    async with transaction(sessions) as session:
        # Another process may have been faster: then the claim inside finds nothing due, and nothing is written.
        await look_safely(session, book, plan, now, due_by=now)
    return True
