"""What a newcomer should have seen, and whether it has happened yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from cli.demo.pages.alerts import Climb
from cli.demo.pages.demonstration import Demonstration
from cli.demo.pages.sent import SentMessage
from cli.demo.standins.arrivals import Arrival, Mail


class Checklist:
    """Remembers what has been seen, so that each arrival is looked at once."""

    def __init__(self, demonstration: Demonstration) -> None:
        self._demonstration, self._looked_at = demonstration, 0
        self._items: list[dict[str, Any]] = [{**line, "link": None} for line in demonstration.caseload.milestones]

    async def items(self, climbs: Sequence[Climb]) -> Sequence[Mapping[str, Any]]:
        """All items with title and hour; those that have happened have a link to where it can be seen."""
        arrivals = self._demonstration.arrivals.after(self._looked_at)
        sent = await self._demonstration.sent_as(arrivals)
        for arrival in arrivals:
            message = sent.get(arrival.number)
            if message is None and not arrival.theirs:
                break  # the service has not noted this one yet: asked again the next time
            self._looked_at = arrival.number
            self._note(self._facts(arrival, message), self._demonstration.place(arrival))
        for climb in climbs:
            if climb.takers and climb.alert.settled:
                self._note({"alert": "acknowledged"}, f"/demo/plans/{climb.alert.plan}")
        return self._items

    def _note(self, facts: Mapping[str, object], link: str) -> None:
        for item in self._items:
            if item["link"] is None and item["is"].items() <= facts.items():
                item["link"] = link

    def _facts(self, arrival: Arrival, sent: SentMessage | None) -> Mapping[str, object]:
        """What an arrival is, in the words of the data."""
        if sent is not None:
            return {"purpose": sent.purpose, "role": sent.role, "what": sent.context.get("what")}
        owner = self._demonstration.owner(arrival)
        if owner is None or isinstance(arrival, Mail) or self._demonstration.phone(owner).texts[0].theirs:
            return {}
        return {"answers": owner.kind}
