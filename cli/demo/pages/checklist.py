"""What a newcomer should have seen, and whether it has happened yet."""

from collections.abc import Sequence

from cli.demo.pages.alerts import AlertProgress
from cli.demo.pages.demonstration import Demonstration
from cli.demo.pages.sent import SentMessage
from cli.demo.standins.arrivals import Arrival, Text

_ITEMS = (
    ("digest", "A digest: one email about everything coming up", "Monday, 08:30"),
    ("due_today", "What is due today has an email of its own", "Monday, 08:30"),
    ("overdue", "Something overdue climbs to the team manager", "Monday and Tuesday, 09:00"),
    ("check_in", "A check-in text to a family’s phone, and its answer", "Monday, 18:00"),
    ("call", "Somebody asks for a call, and the social worker knows at once", "Monday, 18:12"),
    ("on_call", "A bottom line climbs to the on-call manager", "Tuesday, 10:50"),
    ("quiet", "Somebody acknowledges it, and it falls silent", "when you acknowledge"),
)


class Checklist:
    """Remembers what has been seen, so that each arrival is looked at once."""

    def __init__(self) -> None:
        self._links: dict[str, str] = {}
        self._checked_in: set[str] = set()  # phones with a check-in text on them
        self._looked_at = 0

    async def items(self, demonstration: Demonstration, alerts: Sequence[AlertProgress]) -> list[dict[str, str | None]]:
        """All items with title and hour; those that have happened have a link to where it can be seen."""
        arrivals = demonstration.arrivals.after(self._looked_at)
        sent = await demonstration.sent_as(arrivals)
        for arrival in arrivals:
            message = sent.get(arrival.number)
            if message is None and not (isinstance(arrival, Text) and arrival.theirs):
                break  # the service has not noted this one yet: asked again the next time
            self._looked_at = arrival.number
            if name := self._name(arrival, message):
                self._links.setdefault(name, demonstration.place(arrival))
        for alert in alerts:
            if alert.acknowledged_by and not alert.is_open:
                self._links.setdefault("quiet", f"/demo/plans/{alert.plan}")
        return [{"title": title, "when": when, "link": self._links.get(name)} for name, title, when in _ITEMS]

    def _name(self, arrival: Arrival, sent: SentMessage | None) -> str | None:
        """Which item an arrival is."""
        if sent is None:
            return "check_in" if isinstance(arrival, Text) and arrival.phone in self._checked_in else None
        if isinstance(arrival, Text) and sent.purpose == "check_in":
            self._checked_in.add(arrival.phone)
        if sent.context.get("what") == "call" and sent.role == "social_worker":
            return "call"
        by_purpose_and_role = {("overdue", "team_manager"): "overdue", ("alert", "on_call_manager"): "on_call"}
        by_purpose = {"digest": "digest", "reminder": "due_today"}
        return by_purpose.get(sent.purpose) or by_purpose_and_role.get((sent.purpose, sent.role))
