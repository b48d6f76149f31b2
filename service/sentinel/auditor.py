"""The auditor: asks its questions, each as often as it is worth, and keeps what they find."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from config.clock import Clock
from config.database import Sessions, reading, transaction
from service.sentinel import alerts, canaries, looks, people, sending, told
from service.sentinel.finding import Asked, Expected, Finding, Question
from service.sentinel.keep import beat, keep, standing
from service.sentinel.sources import Sources
from service.sentinel.working_days import WorkingDays

_SLOW = 300.0  # seconds between two looks at what changes in hours


@dataclass(frozen=True, slots=True)
class Round:
    """A question, the codes that it answers for, and the seconds after which it is asked again (0: at every look)."""

    ask: Question
    codes: tuple[str, ...]
    every: float = 0.0


def rounds() -> list[Round]:
    """All questions. The slow ones walk through what is live; the others cost what is due."""
    return [
        Round(sending.urgent, ("urgent_unsent", "urgent_held")),
        Round(sending.routine, ("routine_unsent", "routine_held")),
        Round(sending.digests, ("digest_unsent",)),
        Round(sending.claimed, ("claim_expired",)),
        Round(sending.unknown, ("unknown_too_long",)),
        Round(sending.texts, ("text_unread",)),
        Round(sending.interruptions, ("interruption_open",)),
        Round(alerts.without_next_step, ("alert_without_next_step",)),
        Round(alerts.waiting, ("breach_waiting",)),
        Round(looks.late, ("look_late",)),
        Round(looks.failing, ("plan_failing",)),
        Round(looks.workers, ("no_worker",)),
        Round(looks.pulls, ("pull_failing",)),
        Round(canaries.swallowed, ("mail_swallowed",)),
        Round(people.vacant, ("role_vacant",), 60.0),
        Round(people.nobody_responsible, ("nobody_responsible",), _SLOW),
        Round(people.unreachable, ("person_unreachable",), _SLOW),
        Round(told.overdue_untold, ("overdue_untold",), _SLOW),
        Round(Sources().quiet, ("source_quiet",), _SLOW),
    ]


class Auditor:
    """Looks at one database, again and again, from a process of its own."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        expected: Expected,
        name: str,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name` is this process's alone; `elapsed` counts real seconds."""
        self._sessions, self._clock, self._expected, self._name = sessions, clock, expected, name
        self._days = WorkingDays(expected.holidays)
        self._elapsed = elapsed
        self._rounds = rounds()
        self._asked_at: dict[tuple[str, ...], float] = {}
        self._started_at = clock.now()

    async def look(self) -> dict[str, int]:
        """One look, kept, with a sign of life: how many findings of each code stand. Errors come through.

        Only the questions whose turn it is are asked; what the others found the last time stands.
        """
        now = self._clock.now()
        turn = [one for one in self._rounds if self._is_due(one)]
        found: list[Finding] = []
        for one in turn:
            async with reading(self._sessions) as session:
                found += await one.ask(session, Asked(now, self._expected, self._days))
        async with transaction(self._sessions) as session:
            await keep(session, found, [code for one in turn for code in one.codes], now)
            await beat(session, self._name, self._started_at, now)
            stands = await standing(session)
        for one in turn:
            self._asked_at[one.codes] = self._elapsed()
        return stands

    def _is_due(self, one: Round) -> bool:
        asked_at = self._asked_at.get(one.codes)
        return asked_at is None or self._elapsed() - asked_at >= one.every
