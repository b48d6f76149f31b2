"""The councils of the demonstration: their people and plans, what happened in the quarter before, and what follows."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from service.domain.calendar import Calendar, at_local, iso_local, local, local_day

CloudEvent = dict[str, Any]
MORNING = time(8, 25)  # five minutes before the day's first emails
DATA = Path(__file__).parent
# "D-3" is a day, "D+1 10:20" a moment by London's clocks; D+0 is the Monday on which the story begins.
_RELATIVE = re.compile(r'"D([+-]\d+)(?: (\d\d:\d\d))?"')
_moment = datetime.fromisoformat
_STORY_DAYS = (-3, 0, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody in the demonstration; `desk` is read below the name. An email or mobile of "" is none."""

    id: str
    name: str
    desk: str
    kind: str
    authority: str
    email: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person texts back at `at` to a text that came since `asked_at`; without a text, the code about a plan."""

    asked_at: datetime
    at: datetime
    person: DemoPerson
    text: str | None
    about: str


class Caseload:
    """All councils' events in the order of their time; made for a day, the same at every call."""

    def __init__(self, today: date, data: Path = DATA) -> None:
        """`today` is a local day: the story begins on the Monday of its week, or a little earlier."""
        self._data, self._monday = data, monday_of_story(today)
        self.start = at_local(self._monday, MORNING)
        # The council with the most plans comes first on every page.
        files = sorted((data / "councils").glob("*.jsonl"), key=lambda path: -path.stat().st_size)
        self.councils = tuple(path.stem for path in files)
        events = [_signed(line, path.stem) for path in files for line in self._lines(path)]
        self.events: Sequence[CloudEvent] = sorted(events, key=recorded_at)
        self.history = [event for event in self.events if recorded_at(event) < self.start]
        self.script = self.events[len(self.history) :]
        self._chapters = self._lines(data / "chapters.jsonl")
        self.milestones: Sequence[Mapping[str, Any]] = self._lines(data / "milestones.jsonl")

    @cached_property
    def people(self) -> Mapping[str, DemoPerson]:
        """Everybody by id, in the order of the files."""
        return {event["subject"]: _person(event) for event in self.events if event["type"] == "person.recorded"}

    @cached_property
    def workers(self) -> Sequence[DemoPerson]:
        """Those who may sign in, in the order of the files."""
        return [person for person in self.people.values() if person.kind not in ("family", "child")]

    @cached_property
    def plans(self) -> Mapping[str, str]:
        """The authority of each plan."""
        opened = (event for event in self.events if event["type"] == "plan.opened")
        return {event["subject"]: event["data"]["authority"] for event in opened}

    @cached_property
    def lasting_plans(self) -> Mapping[str, str]:
        """The same, without those that end before the story does."""
        ended = {event["subject"] for event in self.events if event["type"] == "plan.ended"}
        return {plan: authority for plan, authority in self.plans.items() if plan not in ended}

    @cached_property
    def plan_of_family_member(self) -> Mapping[str, str]:
        """The plan in whose network a person is asked by text."""
        assigned = (event for event in self.events if event["type"] == "role.assigned")
        members = (event for event in assigned if event["data"]["role"] == "network_member")
        return {event["data"]["person"]: event["subject"] for event in members}

    @cached_property
    def replies(self) -> Sequence[Reply]:
        """What people text back, in the order of time."""
        return [_reply(line, self.people) for line in self._lines(self._data / "replies.jsonl")]

    def chapter(self, now: datetime) -> Mapping[str, Any]:
        """What the banner says at a moment: a title, a text and links, each with its text and address."""
        return [line for line in self._chapters if _moment(line["since"]) <= now][-1]

    def _lines(self, path: Path) -> list[dict[str, Any]]:
        """A file's lines, with its days counted from the Monday."""

        def moved(match: re.Match[str]) -> str:
            day = self._monday + timedelta(days=int(match[1]))
            return f'"{iso_local(at_local(day, time.fromisoformat(match[2]))) if match[2] else day}"'

        return [json.loads(line) for line in _RELATIVE.sub(moved, path.read_text(encoding="utf-8")).splitlines()]


def monday_of_story(today: date) -> date:
    """This week's Monday; of an earlier week where a bank holiday falls on the story's days or the Friday before."""
    calendar, monday = Calendar(), today - timedelta(days=today.weekday())
    while not all(calendar.is_working(monday + timedelta(days=offset)) for offset in _STORY_DAYS):
        monday -= timedelta(weeks=1)
    return monday


def next_morning(now: datetime) -> datetime:
    """Five minutes before the next working day's first emails; today's, while that is still to come."""
    day, calendar = local_day(now), Calendar()
    if not calendar.is_working(day) or local(now).time() >= MORNING:
        day = calendar.add_working_days(day, 1)
    return at_local(day, MORNING)


def recorded_at(event: CloudEvent) -> datetime:
    """When an event is recorded, aware."""
    return _moment(event["time"])


def source_of(authority: str) -> str:
    """The name by which a council's case system signs its events."""
    return f"/{authority}/case-system"


def writer_of(event: CloudEvent) -> str:
    """The council whose case system wrote an event."""
    return str(event["source"]).split("/")[1]


def _signed(line: CloudEvent, authority: str) -> CloudEvent:
    return {"specversion": "1.0", "source": source_of(authority), **line}


def _person(event: CloudEvent) -> DemoPerson:
    data = event["data"]
    reached_at = (data.get("email", ""), data.get("mobile", ""))
    return DemoPerson(event["subject"], data["name"], event["desk"], data["kind"], data["authority"], *reached_at)


def _reply(line: Mapping[str, Any], people: Mapping[str, DemoPerson]) -> Reply:
    asked_at, at = _moment(line["asked"]), _moment(line["at"])
    return Reply(asked_at, at, people[line["person"]], line.get("text"), line.get("about", ""))
