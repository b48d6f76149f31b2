"""Sixty made-up plans, and six of each other council: who works on each, how it came, and when it began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cli.demo import neighbours
from cli.demo.cast import (
    AUTHORITY,
    EARLY_HELP,
    PARTNERS,
    SOCIAL_WORKERS,
    TEAM_MANAGERS,
    YOUTH_OFFENDING_LEAD,
    holder,
)
from service.domain.calendar import Calendar

FIRST_DAY = date(2026, 10, 12)
HANDED_OVER = date(2026, 12, 7)
LEAVER = "sw-04"
COUNT = 60
# Early help may go without a social worker: what would be theirs falls to the team manager.
WITHOUT_WORKER = (44,)
# What five plans running look like: route, service, risk.
_ROUTES = (
    ("child_in_need", "social_care", "medium"),
    ("child_protection", "social_care", "high"),
    ("child_in_need", "social_care", "medium"),
    ("youth_offending", "youth_offending", "medium"),
    ("early_help", "early_help", "at_risk"),
)
_FIRST = {AUTHORITY: 2000, "bradford": 3000, "darlington": 4000, "wakefield": 5000, "south_gloucestershire": 6000}
_WORKING_DAYS_OF_HISTORY = 58
_LETTERS = "ABCDEFGHJKLMNPRSTW"
_CALENDAR = Calendar()


@dataclass(frozen=True, slots=True)
class Plan:
    """A child's plan: ids of the people on it, and the day on which it was opened."""

    number: int
    route: str
    service: str
    risk: str | None
    opened: date
    worker: str | None
    successor: str | None
    partner: str
    team_manager: str
    chair: str
    authority: str = AUTHORITY

    @property
    def id(self) -> str:
        """The reference that is in every message."""
        return f"P-{_FIRST[self.authority] + self.number}"

    @property
    def child(self) -> dict[str, object]:
        """A child without a name: a reference and initials."""
        first, second = self.number * 5 % len(_LETTERS), (self.number * 7 + self.number // 18) % len(_LETTERS)
        return {
            "ref": f"C-{5000 + _FIRST[self.authority] + self.number}",
            "initials": f"{_LETTERS[first]}.{_LETTERS[second]}.",
        }

    @property
    def is_swift(self) -> bool:
        """Whether it came with its assessment nearly done, so that its first review falls in January."""
        return self.number <= 12

    def worker_on(self, day: date) -> str:
        """Who has the case on a day: the social worker, or the practitioner where there is none."""
        if self.successor and day >= HANDED_OVER:
            return self.successor
        return self.worker or self.partner


def all_plans() -> list[Plan]:
    """The caseload of the council with sixty plans, in the order in which they were opened."""
    return [_plan(number) for number in range(1, COUNT + 1)]


def plan_elsewhere(authority: str, number: int, opened: date) -> Plan:
    """A plan of one of the other councils; its two social workers take turns."""
    prefix = neighbours.prefix_of(authority)
    route = ("child_in_need", "child_protection")[number % 2]
    worker, partner, lead = f"{prefix}-sw-{2 - number % 2}", f"{prefix}-kp", f"{prefix}-tm"
    return Plan(number, route, "social_care", None, opened, worker, None, partner, lead, worker, authority)


def _plan(number: int) -> Plan:
    route, service, risk = _ROUTES[number % len(_ROUTES)]
    early = service == "early_help"
    worker = None if number in WITHOUT_WORKER else SOCIAL_WORKERS[(number * 7 + number // 10) % len(SOCIAL_WORKERS)].id
    return Plan(
        number=number,
        route=route,
        service=service,
        risk=risk,
        opened=_opened(number),
        worker=worker,
        successor=f"sw-{(number % 3) + 1:02}" if worker == LEAVER else None,
        partner=(EARLY_HELP if early else PARTNERS)[number // 5 % (len(EARLY_HELP) if early else len(PARTNERS))].id,
        team_manager=TEAM_MANAGERS[number % 2].id,
        chair=_chair(service),
    )


def _chair(service: str) -> str:
    if service == "youth_offending":
        return YOUTH_OFFENDING_LEAD.id
    return holder("service_lead" if service == "early_help" else "hub_team_manager").id


def _opened(number: int) -> date:
    # More than half of them in the first month, so that most have a history.
    days = int(_WORKING_DAYS_OF_HISTORY * (number / COUNT) ** 1.5)
    return _CALENDAR.add_working_days(FIRST_DAY, days)
