"""What happens to a plan: meetings, visits, actions, mostly in time, now and then late; the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from cli.demo.cast import AUTHORITY, YOUTH_OFFENDING_LEAD
from cli.demo.diary import Diary, at
from cli.demo.plans import HANDED_OVER, Plan
from service.domain.calendar import Calendar, Interval

_CALENDAR = Calendar()
_SHARE_LATE = 0.06
_FOLLOWING = ("meeting.uploaded", "visit.shared")


@dataclass(frozen=True, slots=True)
class Course:
    """What is settled beforehand about a plan's life; the dice decide the rest.

    `visits` and `checks` are the first days of these; what comes after them follows the rhythm again.
    """

    ended: date | None = None
    visits: tuple[date, ...] = ()
    recorded: datetime | None = None
    checks: tuple[date, ...] = ()
    check_every: str | None = None
    review_agreed: date | None = None
    careful: bool = False


class Life:
    """One plan's life, written into a diary up to a day."""

    def __init__(self, plan: Plan, until: date, course: Course = Course()) -> None:
        """`until` is the last day that is written; nothing is written after the plan's end either."""
        self._plan = plan
        self._course = course
        self._last = min(until, course.ended or until)
        # A plan has dice of its own: a change in one life leaves the others as they were.
        self._dice = Random(plan.id)  # noqa: S311 - a story, no secret
        self._check_every = course.check_every or self._dice.choice(("2 weeks", "3 weeks", "4 weeks"))
        self._partner_every = self._dice.choice(("2 weeks", "2 weeks", "3 weeks"))
        self.diary = Diary(plan.id.lower())

    def write(self) -> Diary:
        """All events of this plan, from its opening to its end or the last day. Call it once."""
        self._open()
        met = self._meet(self._assess())
        for day in self._rhythm(self._plan.opened, "4 weeks", self._course.visits):
            self._visit(day)
        for day in self._rhythm(met, self._partner_every):
            self._partner_visit(day)
        for number, day in enumerate(self._rhythm(met, self._check_every, self._course.checks), 1):
            self._meeting(day, "progress_check", f"pc{number}", self._plan.partner)
        self._act(met)
        self._review(met)
        if self._course.ended:
            self._note(self._course.ended, "plan.ended", reason="risk reduced")
        return self.diary

    def _open(self) -> None:
        plan, when = self._plan, at(self._plan.opened, self._hour(9, 12))
        kind = {"route": plan.route, "service": plan.service, "risk": plan.risk}
        self.diary.note(when, "plan.opened", plan.id, authority=AUTHORITY, child=plan.child, on=plan.opened, **kind)
        lead = YOUTH_OFFENDING_LEAD.id if plan.service == "youth_offending" else None
        holders = {
            "social_worker": plan.worker and plan.worker_on(plan.opened),
            "key_professional": plan.partner,
            "service_lead": lead,
        }
        for role, person in (holders | {"team_manager": plan.team_manager}).items():
            if person:
                self.diary.note(when, "role.assigned", plan.id, role=role, person=person)
        if plan.successor and plan.opened < HANDED_OVER:
            handover = at(HANDED_OVER, "09:15")
            self.diary.note(handover, "role.assigned", plan.id, role="social_worker", person=plan.successor)

    def _assess(self) -> date:
        screened = self._later(self._plan.opened, 1, 2)
        self._note(screened, "screening.completed")
        self._note(self._later(screened, 0, 1, late=3), "hub.consulted")
        self._note(screened, "assessment.started")
        assessed = self._later(screened, 2, 3) if self._plan.is_swift else self._later(screened, 5, 9)
        self._note(assessed, "assessment.completed")
        if self._plan.risk == "high":
            self._note(assessed, "section47.completed")
        return assessed

    def _meet(self, assessed: date) -> date:
        limit = 15 if self._plan.risk == "high" else 10
        soonest = 2 if self._plan.is_swift else limit - 5
        held = self._later(assessed, soonest, soonest + 4, late=limit + 2)
        agreed: dict[str, object] = {"progress_check_every": self._check_every}
        if self._course.review_agreed:
            agreed["next_review_on"] = self._course.review_agreed
        self._meeting(held, "initial", "m1", self._plan.chair, **agreed)
        self._note(held, "visits.agreed", by_role="key_professional", every=self._partner_every)
        return held

    def _visit(self, day: date) -> None:
        if self._plan.worker:
            late = self._course.recorded if (day,) == self._course.visits[-1:] else None
            self._note(day, "visit.recorded", late, by=self._plan.worker_on(day))

    def _partner_visit(self, day: date) -> None:
        visit = self._note(day, "visit.recorded", by=self._plan.partner)
        if visit:
            self._note(self._later(day, 0, 1, late=3), "visit.shared", visit=visit)

    def _act(self, met: date) -> None:
        for number in range(1, self._dice.randint(1, 2) + 1):
            due = _CALENDAR.act_by(met + timedelta(weeks=self._dice.randint(3, 7)))
            done = self._later(due, -5, 0, late=4)
            who = self._plan.worker_on(met) if number == 1 else self._plan.partner
            what = "agreed at the first meeting"
            self._note(met, "action.agreed", ref=f"a{number}", what=what, who=who, due_on=due)
            self._note(done, "action.completed", ref=f"a{number}")

    def _review(self, met: date) -> None:
        ceiling = _CALENDAR.act_by(_CALENDAR.add(met, Interval.parse("3 months")))
        held = self._later(self._course.review_agreed or ceiling, -4, 0, late=3)
        chair = {"review_chair": "social_worker"} if self._plan.service == "social_care" else {}
        self._meeting(held, "review", "r1", self._plan.chair, review_every="6 weeks", **chair)

    def _meeting(self, day: date, meeting: str, ref: str, chair: str, **agreed: object) -> None:
        self._note(day, "meeting.held", meeting=meeting, ref=ref, chair=chair, **agreed)
        self._note(self._later(day, 0, 2, late=4), "meeting.uploaded", ref=ref)

    def _rhythm(self, start: date, every: str, settled: tuple[date, ...] = ()) -> Iterator[date]:
        """Days about an interval apart, after the settled ones, up to the last day."""
        yield from settled
        day = settled[-1] if settled else start
        while True:
            due = _CALENDAR.act_by(_CALENDAR.add(day, Interval.parse(every)))
            day = max(self._later(due, -3, 0, late=3), _CALENDAR.add_working_days(day, 1))
            if day > self._last:
                return
            yield day

    def _later(self, day: date, least: int, most: int, *, late: int | None = None) -> date:
        """A working day some working days after (before) a day; now and then as late as `late`."""
        if late is not None and not self._course.careful and self._dice.random() < _SHARE_LATE:
            return _CALENDAR.add_working_days(day, late)
        return _CALENDAR.add_working_days(day, self._dice.randint(least, most))

    def _note(self, day: date, type_: str, recorded: datetime | None = None, /, **data: object) -> str | None:
        """A fact of a day, recorded in its afternoon or at the given moment; none after the last day."""
        if day > self._last:
            return None
        # What follows from a fact of the same day is written down after it.
        when = recorded or at(day, self._hour(*((16, 18) if type_ in _FOLLOWING else (11, 16))))
        return self.diary.note(when, type_, self._plan.id, on=day, **data)

    def _hour(self, first: int, last: int) -> str:
        return f"{self._dice.randint(first, last - 1):02}:{self._dice.randrange(0, 60, 5):02}"
