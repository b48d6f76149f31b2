"""Who has looked at which plan, for the audit: noted once an hour for each session, and not for every click."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from config.database import Sessions, transaction
from service.domain.own_id import OwnId
from service.store import audit
from service.store.audit import AuditEntry

_AGAIN_AFTER = timedelta(hours=1)
_MOST_KEPT = 10_000


class Sightings:
    """What one process has noted lately. Another process may note the same once more, which does no harm."""

    def __init__(self) -> None:
        self._noted: OrderedDict[tuple[str, OwnId], datetime] = OrderedDict()

    async def note(self, sessions: Sessions, person: OwnId, session: str, plan: OwnId, now: datetime) -> None:
        """Write down that somebody looks at a plan in one of their sessions."""
        before = self._noted.get((session, plan))
        if before is not None and now - before < _AGAIN_AFTER:
            return
        async with transaction(sessions) as writing:
            await audit.add(writing, AuditEntry(now, person.authority, person.id, "plan_seen", plan=plan.id[:200]))
        self._noted[session, plan] = now
        self._noted.move_to_end((session, plan))
        if len(self._noted) > _MOST_KEPT:
            self._noted.popitem(last=False)
