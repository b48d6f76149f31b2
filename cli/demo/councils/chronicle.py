"""What happens on one plan, written down day by day into a diary."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from cli.demo.diary import Diary, at
from cli.demo.plans import Plan
from service.domain.calendar import Calendar

CALENDAR = Calendar()
LAST_DAY = date(2027, 3, 5)


class Chronicle:
    """A plan's diary, and the little that all plans have in common."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.diary = Diary(plan.id.lower(), plan.authority)

    def open(self, clock: str = "09:30", **roles: str) -> None:
        """The plan is opened, and who works on it is known; `roles` are who else holds one."""
        plan, when = self.plan, at(self.plan.opened, clock)
        opened = {"authority": plan.authority, "child": plan.child, "route": plan.route, "on": plan.opened}
        self.diary.note(when, "plan.opened", plan.id, **opened)
        for role, person in {"social_worker": plan.worker_on(plan.opened), **roles}.items():
            self.diary.note(when, "role.assigned", plan.id, role=role, person=person)

    def note(self, day: date, clock: str, type_: str, **data: object) -> str:
        """A fact of a day, recorded on that day at `HH:MM`; gives its id. Nothing is written after the last day."""
        if day > LAST_DAY:
            return ""
        return self.diary.note(at(day, clock), type_, self.plan.id, **{"on": day, **data})

    def say(self, when: datetime, type_: str, **data: object) -> str:
        """A fact with a moment of its own, recorded then; gives its id."""
        return self.diary.note(when, type_, self.plan.id, at=when, **data)

    def days(self, first: date, step: int, last: date = LAST_DAY) -> Iterator[date]:
        """Working days about so many days apart, on from the first."""
        day = first
        while day <= last:
            yield CALENDAR.act_by(day)
            day += timedelta(days=step)


def later(day: date, working_days: int) -> date:
    """The working day so many working days after a day."""
    return CALENDAR.add_working_days(day, working_days)
