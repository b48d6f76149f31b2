"""How far a bottom line has climbed: who has been told how often, and who has acknowledged."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cli.demo.pages.demonstration import Demonstration
from config.database import reading
from notifications.message import State
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState
from service.store.alert_messages import of_alert
from service.store.open_breaches import plans_with_breaches_since
from service.use_cases.looks.alert_states import alerts_of_all
from service.use_cases.overviews.open_alerts import next_repeated

_STAYS_FOR = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Climb:
    """An alert, and how many emails and texts about it each person was sent."""

    alert: AlertState
    message_counts: Counter[str]
    duty: str | None  # the role that has to tell the Hub of it, beside all this

    @property
    def takers(self) -> list[str]:
        """Who has acknowledged: ids of people."""
        return [rung.person for rung in self.alert.rungs if rung.person and rung.acknowledged_at]


async def latest_climbs(demonstration: Demonstration) -> list[Climb]:
    """The alerts that go on, and those of bottom lines that were crossed lately, the newest first."""
    book, now = demonstration.service.book, demonstration.clock.now()
    since, until = now - _STAYS_FOR, next_repeated(book, book.authorities, now)
    async with reading(demonstration.service.sessions) as session:
        by_authority = [await plans_with_breaches_since(session, name, since, until) for name in book.authorities]
        alerts = await alerts_of_all(session, book, [plan for plans in by_authority for plan in plans], now)
        shown = [alert for alert in alerts if not alert.settled or alert.crossed_at > since]
        newest_first = sorted(shown, key=lambda alert: alert.crossed_at, reverse=True)
        return [await _climb(session, book, alert) for alert in newest_first]


async def _climb(session: AsyncSession, book: PolicyBook, alert: AlertState) -> Climb:
    messages = await of_alert(session, OwnId(alert.authority, alert.plan), alert.breach)
    counts = Counter(message.person for message in messages if message.state == State.SENT)
    return Climb(alert, counts, book.in_force(alert.authority, alert.crossed_at.date()).bottom_line.duty)
