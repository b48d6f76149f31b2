"""A year of one authority's events: invented plans in the proportions of England's published statistics.

Of the Department for Education's "Children in need": 403,090 children in need on 31 March 2023; 51,510 on child
protection plans on 31 March 2020, and in the year before, 201,000 enquiries under section 47 and 77,470 initial
conferences. What the statistics do not count (visits, bottom lines, check-ins, handovers) is our guess and stands
below as a constant.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from service.domain.calendar import local
from service.domain.events.event import Event, parse_event

PLANS = 400_000
CHILDREN_IN_NEED = 403_090
AUTHORITIES = 153
_PROTECTION_PLANS = 51_510 / CHILDREN_IN_NEED
_SECTION_47 = 201_000 / CHILDREN_IN_NEED  # a plan and year
_CONFERENCES = 77_470 / CHILDREN_IN_NEED

# Our guesses, a plan and year.
_BREACHES, _INCIDENTS, _HANDOVERS, _CHECK_INS = 0.02, 0.2, 0.15, 0.03
_PLANS_OF_A_WORKER, _WORKERS_OF_A_MANAGER = 16, 7
_LATE_VISITS = 0.12  # of all visits
_LASTS = (90, 540)  # days
BEGINS = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAYS = 365

_ONE_EACH = ("service_manager", "hub_team_manager", "hub_service_manager", "on_call_manager", "head_of_service")
Data = dict[str, object]
Fact = tuple[datetime, str, str | None, Data]


class AuthorityYear:
    """The events of so many plans of one authority, the same for the same number."""

    def __init__(self, authority: str, number: int, plans: int) -> None:
        self._authority, self._plans = authority, plans
        self._chance = random.Random(number)
        self._mobiles = count()

    def events(self, authorities: frozenset[str]) -> list[Event]:
        """All of them, in order of time."""
        facts = sorted([*self._people(), *self._all_plans()], key=lambda fact: fact[0])
        return [parse_event(_raw(self._authority, fact), authorities) for fact in facts]

    @property
    def workers(self) -> int:
        """How many social workers it has."""
        return max(self._plans // _PLANS_OF_A_WORKER, 1)

    def _people(self) -> Iterator[Fact]:
        managers = range(self.workers // _WORKERS_OF_A_MANAGER + 1)
        names = [f"w-{n}" for n in range(self.workers)] + [f"m-{n}" for n in managers] + [f"o-{r}" for r in _ONE_EACH]
        start = BEGINS - timedelta(days=200)
        for name in names:
            details = {"name": "N", "kind": "worker", "email": f"{name}@example.org", "mobile": self._mobile()}
            yield start, "person.recorded", name, {"authority": self._authority, **details}
        for role in _ONE_EACH:
            held: Data = {"authority": self._authority, "role": role, "person": f"o-{role}"}
            yield start, "role.assigned", None, held

    def _all_plans(self) -> Iterator[Fact]:
        for number in range(self._plans):
            opened = BEGINS + timedelta(
                days=self._chance.randint(-180, DAYS - 10), minutes=self._chance.randint(0, 480)
            )
            ended = opened + timedelta(days=self._chance.randint(*_LASTS))
            until = min(ended, BEGINS + timedelta(days=DAYS))
            yield from self._plan(f"P-{number}", number, opened, ended, until)

    def _plan(self, plan: str, number: int, opened: datetime, ended: datetime, until: datetime) -> Iterator[Fact]:
        worker = f"w-{number % self.workers}"
        manager = f"m-{number % self.workers // _WORKERS_OF_A_MANAGER}"
        is_protection = self._chance.random() < _PROTECTION_PLANS
        route = "child_protection" if is_protection else "child_in_need"
        child = {"ref": f"C-{number}", "initials": "Q.Z."}
        yield opened, "plan.opened", plan, {"authority": self._authority, "child": child, "route": route}
        yield opened, "role.assigned", plan, {"role": "social_worker", "person": worker}
        yield opened, "role.assigned", plan, {"role": "team_manager", "person": manager}
        years = (until - opened) / timedelta(days=365)
        for fact in (
            *self._work(plan, worker, opened),
            *self._trouble(plan, manager, opened, years),
            *self._family(plan, opened),
        ):
            if fact[0] < until:
                yield fact
        if ended == until:
            yield ended, "plan.ended", plan, {"reason": "The child is safe."}

    def _work(self, plan: str, worker: str, opened: datetime) -> Iterator[Fact]:
        chance = self._chance
        yield opened + timedelta(days=chance.randint(10, 50)), "assessment.completed", plan, {}
        held = opened + timedelta(days=chance.randint(5, 18))
        yield held, "meeting.held", plan, {"meeting": "initial", "ref": "m-0", "review_every": "6 weeks"}
        yield held + timedelta(days=chance.randint(0, 6)), "meeting.uploaded", plan, {"ref": "m-0"}
        for number in range(1, 12):
            reviewed = held + timedelta(days=42 * number + chance.randint(-4, 5))
            yield reviewed, "meeting.held", plan, {"meeting": "review", "ref": f"m-{number}", "review_every": "6 weeks"}
        visited = opened
        for _ in range(24):
            is_late = chance.random() < _LATE_VISITS
            visited += timedelta(days=chance.randint(29, 38) if is_late else chance.randint(20, 28))
            yield visited, "visit.recorded", plan, {"by": worker, "child_seen": chance.random() > 0.05}

    def _trouble(self, plan: str, manager: str, opened: datetime, years: float) -> Iterator[Fact]:
        """What comes so often a plan and year."""
        for moment in self._moments(opened, years, _SECTION_47):
            yield moment, "section47.completed", plan, {}
        for moment in self._moments(opened, years, _CONFERENCES):
            yield moment, "circumstances.changed", plan, {"what": "conference"}
        for moment in self._moments(opened, years, _INCIDENTS):
            yield moment, "incident.recorded", plan, {"kind": "missing"}
        for moment in self._moments(opened, years, _HANDOVERS):
            person = f"w-{self._chance.randrange(self.workers)}"
            yield moment, "role.assigned", plan, {"role": "social_worker", "person": person}
        for moment in self._moments(opened, years, _BREACHES):
            yield moment, "bottom_line.breached", plan, {"bottom_line": "home-by-nine", "at": moment.isoformat()}
            answer: Data = {"alert": _id("bottom_line.breached", plan, moment, {}), "by": manager}
            yield moment + timedelta(minutes=self._chance.randint(4, 90)), "alert.acknowledged", plan, answer
            yield moment + timedelta(hours=3), "alert.closed", plan, {**answer, "outcome": "Seen, and safe."}

    def _family(self, plan: str, opened: datetime) -> Iterator[Fact]:
        if self._chance.random() > _CHECK_INS:
            return
        person, moment = f"f-{plan}", opened + timedelta(days=12)
        details: Data = {"authority": self._authority, "name": "N", "kind": "family", "mobile": self._mobile()}
        window = {"days": ["mon", "thu"], "from": "09:00", "until": "20:00"}
        yield opened, "person.recorded", person, details
        yield moment, "role.assigned", plan, {"role": "network_member", "person": person}
        yield (
            moment,
            "contact.decided",
            person,
            {"decision": "allow", "decided_by": "o-head_of_service", "window": window},
        )
        yield moment, "check_ins.started", plan, {"people": [person], "days": ["mon", "thu"], "at": "18:00"}
        answers = local(moment).replace(hour=18, minute=self._chance.randint(5, 59))
        for day in (answers + timedelta(days=days) for days in range(_LASTS[1])):
            if day.weekday() in (0, 3):
                yield day, "check_in.replied", plan, {"person": person, "text": "1"}

    def _mobile(self) -> str:
        """A number of nobody's; the largest authority has fewer people with a phone than there are such numbers."""
        return f"+447700900{next(self._mobiles) % 1000:03}"

    def _moments(self, opened: datetime, years: float, rate: float) -> list[datetime]:
        """Moments at which something comes that comes so often a year, over so many years."""
        moments, elapsed = [], self._chance.expovariate(rate) if rate else years
        while elapsed < years:
            moments.append(opened + elapsed * timedelta(days=365))
            elapsed += self._chance.expovariate(rate)
        return moments


def _raw(authority: str, fact: Fact) -> Data:
    moment, kind, subject, data = fact
    raw = {"specversion": "1.0", "id": _id(kind, subject, moment, data), "source": f"/{authority}/year", "type": kind}
    return raw | ({"subject": subject} if subject else {}) | {"time": moment.isoformat(), "data": data}


def _id(kind: str, subject: str | None, moment: datetime, data: Data) -> str:
    return f"{kind}-{subject}-{data.get('person', '')}-{moment.isoformat()}"


def sizes(plans: int, authorities: int = AUTHORITIES) -> list[int]:
    """So many plans shared among authorities: the largest has some six times as many as the smallest, as in life."""
    weights = [1 + 5 * (place / max(authorities - 1, 1)) ** 2 for place in range(authorities)]
    shares = [max(int(plans * weight / sum(weights)), 1) for weight in weights]
    shares[-1] += plans - sum(shares)
    return shares
