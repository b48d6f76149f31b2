"""The auditor: it asks each of its questions at an interval of its own, and stores the findings."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.clock import Clock
from config.database import Sessions, reading, transaction
from service.sentinel import alerts, canaries, looks, people, policies, sending, tokens
from service.sentinel.finding import Asked, AuditFinding, Expected, Question
from service.sentinel.keep import beat, keep, standing, stored
from service.sentinel.sources import Sources
from service.sentinel.told import Untold
from service.sentinel.unreachable import Unreachable
from service.sentinel.working_days import WorkingDays

_SLOW = 300.0  # seconds between two times of asking about what changes within hours


@dataclass(frozen=True, slots=True)
class ScheduledQuestion:
    """A question, the codes of its findings, and the seconds after which it is asked again (0: at every look)."""

    ask: Question
    codes: tuple[str, ...]
    every: float = 0.0
    kept: Callable[[], None] = lambda: None  # called once its findings are stored


def scheduled_questions() -> list[ScheduledQuestion]:
    """All questions. Their cost grows with what is due or amiss, and with councils: two go round what is owed."""
    unreachable, untold = Unreachable(), Untold()
    return [
        ScheduledQuestion(sending.urgent, ("urgent_unsent", "urgent_held")),
        ScheduledQuestion(sending.routine, ("routine_unsent", "routine_held")),
        ScheduledQuestion(sending.digests, ("digest_unsent",)),
        ScheduledQuestion(sending.claimed, ("claim_expired",)),
        ScheduledQuestion(sending.unknown, ("unknown_too_long",)),
        ScheduledQuestion(sending.texts, ("text_unread",)),
        ScheduledQuestion(sending.interruptions, ("interruption_open",)),
        ScheduledQuestion(alerts.without_next_step, ("alert_without_next_step",)),
        ScheduledQuestion(alerts.waiting, ("breach_waiting",)),
        ScheduledQuestion(looks.late, ("look_late",)),
        ScheduledQuestion(looks.failing, ("plan_failing",)),
        ScheduledQuestion(looks.workers, ("no_worker",)),
        ScheduledQuestion(looks.pulls, ("pull_failing",)),
        ScheduledQuestion(canaries.swallowed, ("mail_swallowed",)),
        ScheduledQuestion(tokens.ended, ("token_ended",)),
        ScheduledQuestion(tokens.ending, ("token_ends_soon",), _SLOW),
        ScheduledQuestion(policies.refused, ("policy_faulty", "policy_older")),
        ScheduledQuestion(people.vacant, ("role_vacant",), 60.0),
        ScheduledQuestion(people.nobody_responsible, ("nobody_responsible",), _SLOW),
        ScheduledQuestion(unreachable.find, ("person_unreachable",), _SLOW, unreachable.kept),
        ScheduledQuestion(untold.find, ("overdue_untold",), _SLOW, untold.kept),
        ScheduledQuestion(Sources().quiet, ("source_quiet",), _SLOW),
    ]


class Auditor:
    """Looks at one database, again and again, from its own process."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        expected: Expected,
        name: str,
        elapsed: Callable[[], float] = time.monotonic,
        questions: Sequence[ScheduledQuestion] | None = None,
    ) -> None:
        """`name` belongs to this process alone; `elapsed` counts real seconds; without `questions` it asks them all."""
        self._sessions, self._clock, self._expected, self._name = sessions, clock, expected, name
        self._days = WorkingDays(expected.holidays)
        self._elapsed = elapsed
        self._questions = scheduled_questions() if questions is None else questions
        self._asked_at: dict[tuple[str, ...], float] = {}
        self._started_at = clock.now()

    def expect(self, expected: Expected) -> None:
        """Judge by what the policies demand from now on."""
        self._expected, self._days = expected, WorkingDays(expected.holidays)

    async def look(self) -> dict[str, int]:
        """Look once; store the findings with a sign of life, and return how many of each code stand.

        Only the questions that are due are asked; the earlier findings of the others stand. Errors are raised.
        """
        now = self._clock.now()
        due = [question for question in self._questions if self._is_due(question)]
        findings: list[AuditFinding] = []
        async with reading(self._sessions) as session:
            before = await stored(session, [code for question in due for code in question.codes])
        for question in due:
            async with reading(self._sessions) as session:
                findings += await question.ask(session, Asked(now, self._expected, self._days))
        async with transaction(self._sessions) as session:
            await keep(session, findings, before, now)
            await beat(session, self._name, self._started_at, now)
            counts = await standing(session)
        for question in due:
            self._asked_at[question.codes] = self._elapsed()
            question.kept()
        return counts

    def _is_due(self, question: ScheduledQuestion) -> bool:
        asked_at = self._asked_at.get(question.codes)
        return asked_at is None or self._elapsed() - asked_at >= question.every
