"""Small words to write histories with: facts, a cast, and what a simulated run of them tells."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from notifications.message import Message
from service.domain.events.event import Event, parse_event
from service.domain.obligations.obligation import Obligation
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem, Withheld
from service.files.policy_files import load_policies
from service.simulation import Simulation

LONDON = ZoneInfo("Europe/London")
PLAN = "P-1"
ON_PLAN = {"w-sw": "social_worker", "w-kp": "key_professional"}
FOR_AUTHORITY = {
    "w-tm": "team_manager",
    "w-sm": "service_manager",
    "w-htm": "hub_team_manager",
    "w-hsm": "hub_service_manager",
    "w-sl": "service_lead",
    "w-oncall": "on_call_manager",
    "w-head": "head_of_service",
    "w-config": "configuration_owner",
}
SPARE = ("w-sw2", "w-cover", "w-cover2", "w-other")

SOURCE = "/cases"  # names no authority: an event is of the one that its data names, or whose plan it is about

Raw = dict[str, object]


@cache
def book() -> PolicyBook:
    """The built-in policies, read once."""
    return load_policies()


def at(text: str) -> datetime:
    """`2026-11-02T12:00` as London's clocks show it, or a date alone: its noon. With an offset, as it stands."""
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T12:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=LONDON)


def fact(when: str, kind: str, subject: str | None = PLAN, /, **data: object) -> Raw:
    """One event, recorded at a local moment. `eid` is its id; `from_` and `with_` are fields."""
    cleaned = {key.removesuffix("_"): value for key, value in data.items() if key != "eid"}
    check = zlib.crc32(json.dumps([when, kind, subject, cleaned], sort_keys=True).encode())
    event: Raw = {
        "specversion": "1.0",
        "id": data.get("eid") or f"{kind}-{check:08x}",
        "source": SOURCE,
        "type": kind,
    }
    return event | {"time": at(when).isoformat(), "data": cleaned} | ({"subject": subject} if subject else {})


def person(who: str, when: str = "2024-01-02", kind: str = "worker", **data: object) -> Raw:
    """A person's introduction, with an address and a number of their own unless told otherwise."""
    number = f"+447700900{zlib.crc32(who.encode()) % 1000:03d}"
    known = {"email": f"{who}@example.org", "mobile": number} | data
    kept = {key: value for key, value in known.items() if value is not None}
    return fact(when, "person.recorded", who, authority="dudley", name=f"Nym {who.title()}", kind=kind, **kept)


def authority_role(who: str, role: str, when: str = "2024-01-02") -> Raw:
    """A role for the whole authority."""
    return fact(when, "role.assigned", None, authority="dudley", role=role, person=who)


def cast(*, vacant: Iterable[str] = ()) -> list[Raw]:
    """Everybody of the usual cast, in their roles for the authority; `vacant` roles are given to nobody."""
    people = [person(who, kind="partner" if who == "w-kp" else "worker") for who in (*ON_PLAN, *FOR_AUTHORITY, *SPARE)]
    roles = [authority_role(who, role) for who, role in FOR_AUTHORITY.items() if role not in set(vacant)]
    return [*people, *roles]


def plan_opened(
    when: str = "2026-11-02", *, plan: str = PLAN, roles: Mapping[str, str] | None = None, **data: object
) -> list[Raw]:
    """A plan of Dudley's opened on a day (recorded at its noon), with the roles on it."""
    day = when[:10]
    usual: dict[str, object] = {
        "authority": "dudley", "child": {"ref": f"C-{plan}", "initials": "Q.Z."}, "route": "child_in_need",
        "risk": "medium", "on": day,
    }  # fmt: skip
    held = ON_PLAN if roles is None else roles
    opened = fact(when, "plan.opened", plan, eid=f"open-{plan}", **{**usual, **data})
    return [opened, *(fact(when, "role.assigned", plan, role=role, person=who) for who, role in held.items())]


def meeting(when: str, kind: str, **data: object) -> Raw:
    """A meeting held on the day of `when`."""
    usual = {"on": when[:10], "ref": f"m-{when[:10]}-{kind}"}
    return fact(when, "meeting.held", PLAN, meeting=kind, **{**usual, **data})


def visit(when: str, by: str = "w-sw", **data: object) -> Raw:
    """A visit made on the day of `when`, unless `on` says otherwise."""
    return fact(when, "visit.recorded", PLAN, by=by, **{"on": when[:10], **data})


def flat(*parts: Any) -> list[Raw]:
    """Events, and lists of them within lists, as one list."""
    return [one for part in parts for one in ([part] if isinstance(part, dict) else flat(*part))]


def of_one_council(*parts: Any) -> list[Raw]:
    """A history whose people are those of the council that has its plans, whatever council they were made for."""
    raws = flat(*parts)
    councils = {_data(raw)["authority"] for raw in raws if raw["type"] == "plan.opened" and "authority" in _data(raw)}
    if len(councils) != 1:
        return raws
    whose = {"authority": councils.pop()}
    return [raw | {"data": _data(raw) | whose} if "authority" in _data(raw) else raw for raw in raws]


def _data(raw: Raw) -> dict[str, object]:
    data = raw["data"]
    return data if isinstance(data, dict) else {}


def parsed(*parts: Any) -> list[Event]:
    """Events as the core takes them."""
    return [parse_event(raw, book().authorities) for raw in flat(*parts)]


def directory(*parts: Any) -> Directory:
    """The people and authority-wide roles of a history."""
    events = parsed(*parts)
    on_plans = [one for one in events if (one.subject or "").startswith("P-")]
    return Directory.of([one for one in events if one not in on_plans], on_plans)


@dataclass(frozen=True)
class Run:
    """What a simulated run left standing, and what it told."""

    obligations: list[Obligation]
    told: list[Message | Withheld | Problem]

    def owed(self, kind: str, **fields: object) -> list[Obligation]:
        """Obligations of a kind, by due day."""
        found = [one for one in self.obligations if one.kind == kind]
        return [one for one in found if all(getattr(one, key) == value for key, value in fields.items())]

    def dues(self, kind: str) -> list[tuple[str, str]]:
        """Due day and status of every obligation of a kind."""
        return [(one.due_on.isoformat(), one.status.value) for one in self.owed(kind)]

    def messages(
        self, *, to: str | None = None, kind: str | None = None, purpose: str | None = None, alert: str | None = None
    ) -> list[Message]:
        """Messages to somebody, about a kind of obligation or an alert, for a purpose; in order of time."""
        found = [one for one in self.told if isinstance(one, Message)]
        found = [one for one in found if to in (None, one.person) and purpose in (None, one.purpose)]
        found = [one for one in found if kind is None or any(item.get("kind") == kind for item in one.about)]
        return [one for one in found if alert is None or any(item.get("alert") == alert for item in one.about)]

    def moments(self, **which: str) -> list[str]:
        """When such messages went, as `2026-11-30 08:30 digest`, each once; `list` is the weekly one."""
        lists = {"overdue_list": "list"}
        found = [f"{clock(one.at)} {lists.get(one.template, one.purpose)}" for one in self.messages(**which)]
        return list(dict.fromkeys(found))

    def problems(self, code: str) -> list[Problem]:
        """Problems of a kind."""
        return [one for one in self.told if isinstance(one, Problem) and one.code == code]

    def withheld(self) -> list[Withheld]:
        """What was held back."""
        return [one for one in self.told if isinstance(one, Withheld)]


def clock(moment: datetime) -> str:
    """A moment as London's clocks show it, to the minute."""
    return f"{moment.astimezone(LONDON):%Y-%m-%d %H:%M}"


def run(*parts: Any, until: str) -> Run:
    """Simulate a history of one council to the end of a local day."""
    simulation = Simulation(book())
    told = list(simulation.run(parsed(of_one_council(*parts)), date.fromisoformat(until)))
    waiting = simulation.left_waiting()
    return Run(simulation.standing(), sorted([*told, *waiting], key=lambda one: one.at))
