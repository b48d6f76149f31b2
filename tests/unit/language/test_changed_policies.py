"""A policy is changed while a duty in hours is open: nothing is told again, and nobody is woken by the change."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from notifications.message import Message
from service.domain.calendar import local_day
from service.domain.events.event import Event, parse_event
from service.domain.facts import Facts
from service.domain.look import Look, look_at
from service.domain.obligations.obligation import Obligation
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.policy_change import carried_over
from service.domain.telling.records import Ledger
from tests import sixth
from tests.unit.domain.builders import at, clock, fact, flat

WITHIN_A_DAY = {
    "remind": ["at opening", "2 hours before"],
    "at_any_hour": True,
    "late": [
        {"at": "once", "to": ["owner", "team_manager"]},
        {"after": "4 hours", "to": ["service_manager"], "as": "escalation"},
    ],
}
HISTORY = [
    sixth.opened(),
    fact("2026-11-06T20:00", "circumstances.changed", "P-1", what="x", at="2026-11-06T20:00:00+00:00"),
]


def book(folder: Path, within: str) -> PolicyBook:
    duty = sixth.rule(
        opens={"when": "circumstances.changed", "about": "event"}, due={"within": within},
        met={"when": "plan.reviewed", "same": {"after": "opening"}}, ladder="day",
    )  # fmt: skip
    return PolicyBook([sixth.policy(folder, duty, ladders={"day": WITHIN_A_DAY})])


class Plan:
    """A plan that is looked at when it is due, by one policy and then by another."""

    def __init__(self, policies: PolicyBook) -> None:
        events = [parse_event(raw, policies.authorities) for raw in flat(sixth.people(), HISTORY)]
        self.events = [event for event in events if event.subject == "P-1"]
        self.directory = Directory.of([event for event in events if event.subject != "P-1"])
        self.policies, self.ledger = policies, Ledger({}, {})
        self.obligations: tuple[Obligation, ...] = ()
        self.due: datetime | None = min(event.time for event in self.events)

    def facts(self, now: datetime) -> Facts:
        facts = Facts.of(_known(self.events, now), self.directory, local_day(now))
        assert facts is not None
        return facts

    def look(self, now: datetime) -> Look:
        outcome = look_at(self.policies, self.facts(now), self.ledger, now)
        self.ledger, self.obligations = outcome.ledger, outcome.obligations
        moments = [event.time for event in self.events if event.time > now]
        self.due = min([*moments, *([outcome.next_look] if outcome.next_look else [])], default=None)
        return outcome

    def told_until(self, moment: str) -> list[str]:
        """Who is told, and when, in the looks until a local moment."""
        return [f"{clock(message.at)} {message.person}" for message in self._messages(at(moment))]

    def _messages(self, end: datetime) -> Iterator[Message]:
        while self.due is not None and self.due <= end:
            yield from self.look(self.due).messages

    def change(self, policies: PolicyBook, moment: str) -> list[str]:
        """Put other policies in force, and look."""
        self.policies, now = policies, at(moment)
        self.ledger = carried_over(policies, self.facts(now), self.ledger, self.obligations, now)
        return [message.person for message in self.look(now).messages]


def _known(events: list[Event], now: datetime) -> list[Event]:
    return [event for event in events if event.time <= now]


def test_what_was_told_at_the_opening_is_not_told_again_where_there_is_more_time(tmp_path: Path) -> None:
    plan = Plan(book(tmp_path, "24 hours"))
    assert plan.told_until("2026-11-07T03:00") == ["2026-11-06 20:00 w-lead"]
    assert plan.change(book(tmp_path, "48 hours"), "2026-11-07T03:00") == []
    assert plan.told_until("2026-11-08T19:00") == ["2026-11-08 18:00 w-lead"]


def test_what_the_change_makes_late_wakes_nobody_and_does_not_climb(tmp_path: Path) -> None:
    plan = Plan(book(tmp_path, "48 hours"))
    assert plan.told_until("2026-11-08T03:00") == ["2026-11-06 20:00 w-lead"]
    assert plan.change(book(tmp_path, "24 hours"), "2026-11-08T03:00") == []
    assert sorted(plan.told_until("2026-11-12T12:00")) == ["2026-11-09 09:00 w-lead", "2026-11-09 09:00 w-tm"]
