"""The whole caseload: a quarter of a year before the demonstration starts, and two months after it."""

from __future__ import annotations

from datetime import datetime

from cli.demo import councils, story
from cli.demo.diary import CloudEvent, bound
from cli.demo.lives import Course, Life
from cli.demo.plans import Plan, all_plans


def caseload() -> list[CloudEvent]:
    """Every event of the demonstration in the order of its time; the same at every call."""
    plans = all_plans()
    lives = [Life(plan, story.LAST_DAY, story.COURSES.get(plan.id, Course())).write() for plan in plans]
    by_id = {plan.id: plan for plan in plans}
    own = [story.people(), *lives, story.corrections(by_id), story.crossings(by_id)]
    return bound([*own, *councils.diaries()])


def every_plan() -> list[Plan]:
    """The plans of all councils."""
    return [*all_plans(), *councils.plans()]


def divided(events: list[CloudEvent], start: datetime) -> tuple[list[CloudEvent], list[CloudEvent]]:
    """What was known before a moment, and what is still to come."""
    known = [event for event in events if recorded_at(event) < start]
    return known, events[len(known) :]


def recorded_at(event: CloudEvent) -> datetime:
    """When an event is recorded, aware."""
    return datetime.fromisoformat(str(event["time"]))
