"""What a newcomer should have seen, and whether it has happened yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cli.demo.pages.alerts import Climb
from cli.demo.pages.demonstration import Stage, owner
from cli.demo.pages.sent import Origin
from cli.demo.standins.arrivals import Mail, Text


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something to have seen; `link` leads to where it can be seen, once it has happened."""

    name: str
    title: str
    when: str
    link: str | None = None


_ARRIVALS = (
    ("digest", "A digest: one email about everything coming up", "Monday, 08:30"),
    ("due_today", "What is due today has an email of its own", "Monday, 08:30"),
    ("overdue", "Something overdue climbs to the team manager", "Monday and Tuesday, 09:00"),
    ("check_in", "A check-in text to a family’s phone, and its answer", "Monday, 18:00"),
    ("call", "Somebody asks for a call, and the social worker knows at once", "Monday, 18:12"),
    ("on_call", "A bottom line climbs to the on-call manager", "Tuesday, 10:50"),
)


class Milestones:
    """Remembers what has been seen, so that each arrival is looked at once."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}
        self._asked: set[str] = set()  # phones with a check-in text on them
        self._looked_at = 0

    async def reached(self, stage: Stage, climbs: Sequence[Climb]) -> list[Milestone]:
        """All milestones; those that have happened have a link."""
        arrivals = stage.received.everything(self._looked_at)
        origins = await stage.origins_of(arrivals)
        for one in arrivals:
            origin = origins.get(one.number)
            if origin is None and not (isinstance(one, Text) and one.theirs):
                break  # the service has not noted this one yet: asked again the next time
            self._looked_at = one.number
            self._note_texting(one, origin)
            if origin is not None and (name := _name(origin)):
                self._seen.setdefault(name, _place(one))
        found = [Milestone(name, title, when, self._seen.get(name)) for name, title, when in _ARRIVALS]
        quiet = next((f"/plans/{climb.plan}" for climb in climbs if climb.took_hold and not climb.is_open), None)
        return [
            *found,
            Milestone("quiet", "Somebody takes hold of it, and it falls silent", "when you confirm", quiet),
        ]

    def _note_texting(self, one: Mail | Text, origin: Origin | None) -> None:
        """A check-in that was texted, and then what was texted back."""
        if not isinstance(one, Text):
            return
        if one.theirs and one.phone in self._asked:
            self._seen.setdefault("check_in", _place(one))
        elif origin is not None and origin.purpose == "check_in":
            self._asked.add(one.phone)


def _name(origin: Origin) -> str | None:
    if origin.purpose == "digest":
        return "digest"
    if origin.purpose == "reminder":
        return "due_today"
    if origin.purpose == "overdue" and origin.role == "team_manager":
        return "overdue"
    if origin.what == "call" and origin.role == "social_worker":
        return "call"
    if origin.purpose == "alert" and origin.role == "on_call_manager":
        return "on_call"
    return None


def _place(one: Mail | Text) -> str:
    person = owner(one)
    here = person.id if person else ""
    return f"/inboxes/{here}/{one.number}" if isinstance(one, Mail) else f"/phones/{here}"
