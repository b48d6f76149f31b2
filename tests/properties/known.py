"""A second reading of a history: what is known at a moment, told from the events as they came and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from tests.properties.histories import LONDON, MEANING, Raw

Data = Mapping[str, Any]
SHARED = ("parent", "carer", "child", "network_member", "agency")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Known:
    """What somebody who read every event by a moment would know."""

    def __init__(self, events: Sequence[Raw], now: datetime) -> None:
        self.now = now
        by_now = [event for event in events if _time(event) <= now]
        gone = {event["data"]["event"] for event in by_now if event["type"] == "event.withdrawn"}  # type: ignore[index]
        self.events = sorted((event for event in by_now if event["id"] not in gone), key=_time)
        self._by_type: dict[object, list[Raw]] = defaultdict(list)
        for event in self.events:
            self._by_type[event["type"]].append(event)
        self._holders: dict[tuple[str, str], str | None] = {}

    def all(self, kind: str, subject: str | None = None) -> Iterator[tuple[datetime, Data]]:
        """Every standing event of a type, about a plan or person where one is given: its moment and its data."""
        for event in self._by_type.get(kind, ()):
            if subject in (None, event.get("subject")):
                yield _time(event), event["data"]  # type: ignore[misc]

    # ------------------------------------------------------------------------------------------------------ people

    def person(self, who: str) -> Data:
        """A person as last recorded."""
        return [data for _, data in self.all("person.recorded", who)][-1]

    def is_family(self, who: str) -> bool:
        """Whether nothing may be sent without a decision."""
        return self.person(who)["kind"] in ("family", "child")

    def decision(self, who: str) -> Data | None:
        """The last decision about contact."""
        return next((data for _, data in reversed([*self.all("contact.decided", who)])), None)

    def silent(self, who: str) -> bool:
        """Whether this person, or whoever had the number, asked for no more texts and was not allowed them since."""
        number = self.person(who).get("mobile")
        for _, data in self.all("check_in.replied"):
            at = datetime.fromisoformat(data["at"])
            mine = data["person"] == who or (number and self._number_at(data["person"], at) == number)
            if MEANING[data["text"]] != "stop" or not mine:
                continue
            allowed = [
                when
                for when, one in self.all("contact.decided", data["person"])
                if one["decision"] == "allow" and one.get("channel") in (None, "sms")
            ]
            if not any(when > at for when in allowed):
                return True
        return False

    def _number_at(self, who: str, at: datetime) -> object:
        return [data.get("mobile") for when, data in self.all("person.recorded", who) if when <= at][-1]

    # ----------------------------------------------------------------------------------------------- against contact

    def against_person(self, plan: str, who: str) -> set[str]:
        """What stands against a person on a plan, whatever the channel; what blocks a shared number is among it."""
        decision = self.decision(who)
        found = {"never_contact"} if decision is not None and decision["decision"] == "never" else set()
        if any(data["person"] == who for _, data in self.all("person.excluded", plan)):
            found.add("excluded")
        if any(data["from"] == who for _, data in self.all("plan.withheld", plan)):
            found.add("withheld_person")
        for mark in ("poses_risk", "victim"):
            if any(data["person"] == who and data.get(mark) for _, data in self.all("role.assigned", plan)):
                found.add(mark)
        return found

    def against(self, plan: str, who: str, channel: str) -> set[str]:
        """Everything that stands against telling a person something of a plan by a channel now, but for the hour."""
        found = self.against_person(plan, who)
        if channel == "sms":
            found |= self._against_number(plan, who)
        if self.is_family(who):
            found |= self._against_family(plan, who, channel)
        return found

    def _against_number(self, plan: str, who: str) -> set[str]:
        number = self.person(who).get("mobile")
        everybody = {str(event["subject"]) for event in self._by_type["person.recorded"]}
        holders = [one for one in everybody if one == who or (number and self.person(one).get("mobile") == number)]
        plans = {str(event["subject"]) for event in self._by_type["plan.opened"]}
        found = {reason for one in holders for any_plan in plans for reason in self.against_person(any_plan, one)}
        return (found - {"victim"}) | ({"opted_out"} if any(self.silent(one) for one in holders) else set())

    def _against_family(self, plan: str, who: str, channel: str) -> set[str]:
        decision = self.decision(who) or {"decision": "none"}
        allowed = decision["decision"] == "allow" and decision.get("channel") in (None, channel)
        lapsed = "check_again_on" in decision and self.today > date.fromisoformat(decision["check_again_on"])
        found = set() if allowed and not lapsed else {"no_contact_decision"}
        return found | ({"flag_undecided"} if self.undecided(plan, who) else set())

    def undecided(self, plan: str, who: str) -> bool:
        """Whether a current flag keeps somebody of the family silent."""
        approved = [when for when, data in self.all("family_contact.approved", plan) if data["person"] == who]
        raised = [(when, data["flag"], True) for when, data in self.all("flag.raised", plan)]
        cleared = [(when, data["flag"], False) for when, data in self.all("flag.cleared", plan)]
        current = {flag: on for _, flag, on in sorted(raised + cleared)}
        incidents = [(when, data["kind"], True) for when, data in self.all("incident.recorded", plan)]
        for flag in (flag for flag, on in current.items() if on):
            last = max(when for when, name, _ in raised + incidents if name == flag)
            if not any(when > last for when in approved):
                return True
        return False

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(LONDON).date()

    def in_window(self, who: str, moment: datetime | None = None) -> bool:
        """Whether family may be texted at a moment, now where none is given, by what is decided now."""
        here = (moment or self.now).astimezone(LONDON)
        clock = time(here.hour, here.minute)
        window = (self.decision(who) or {}).get("window")
        if not time(9) <= clock <= time(20):
            return False
        if window is None:
            return True
        inside = time.fromisoformat(window["from"]) <= clock <= time.fromisoformat(window["until"])
        return inside and DAYS[here.weekday()] in window["days"]

    # ------------------------------------------------------------------------------------------------------- roles

    def council(self, plan: str) -> str:
        """The authority of a plan."""
        return str(next(data["authority"] for _, data in self.all("plan.opened", plan)))

    def holder(self, plan: str, role: str) -> str | None:
        """Who holds a role now, on the plan or for its authority."""
        if (plan, role) not in self._holders:
            on_plan = self._last_holder(role, plan, None)
            self._holders[plan, role] = on_plan or self._last_holder(role, None, self.council(plan))
        return self._holders[plan, role]

    def _last_holder(self, role: str, plan: str | None, council: str | None) -> str | None:
        changes = [*self._by_type["role.assigned"], *self._by_type["role.ended"]]
        mine = [event for event in changes if event.get("subject") == plan and _data(event)["role"] == role]
        holder: str | None = None
        for event in sorted(mine, key=lambda event: self._since(event, plan)):
            data = _data(event)
            if data.get("authority") != council:
                continue
            if event["type"] == "role.assigned":
                holder = str(data["person"])
            elif data["person"] == holder:
                holder = None
        return holder

    def _since(self, event: Raw, plan: str | None) -> datetime:
        """When an event counts from: roles given in the moment in which the plan opens, from that day's start."""
        when = _time(event)
        opened = next((moment for moment, _ in self.all("plan.opened", plan)), None)
        if event["type"] != "role.assigned" or event.get("subject") != plan or when != opened:
            return when
        return when.replace(hour=0, minute=0)

    def stand_in(self, who: str) -> str:
        """The person, or who covers today."""
        seen = [who]
        while (cover := self._cover(seen[-1])) is not None and cover not in seen:
            seen.append(cover)
        away_without = self._cover(seen[-1]) is None and self._away(seen[-1])
        return who if away_without or (self._cover(seen[-1]) in seen) else seen[-1]

    def covers(self, who: str) -> set[str]:
        """Who stands in for a person today, and who for them."""
        found: set[str] = set()
        current = self._cover(who)
        while current is not None and current not in found:
            found.add(current)
            current = self._cover(current)
        return found

    def _absence(self, who: str) -> Data | None:
        today = self.today.isoformat()
        away = [data for _, data in self.all("absence.recorded", who) if data["from"] <= today <= data["until"]]
        return away[-1] if away else None

    def _away(self, who: str) -> bool:
        return self._absence(who) is not None

    def _cover(self, who: str) -> str | None:
        away = self._absence(who)
        return away.get("cover") if away is not None else None

    # ------------------------------------------------------------------------------------------------------- plans

    def ended(self, plan: str) -> bool:
        """Whether the plan is known to have ended, and not to have been opened again."""
        ends = [when for when, _ in self.all("plan.ended", plan)]
        openings = [when for when, _ in self.all("plan.opened", plan)]
        return bool(ends) and max(ends) > max(openings)

    def named(self, plan: str) -> set[str]:
        """Who is named for an action of the plan, and who stands in for them."""
        people = {str(data["who"]) for _, data in self.all("action.agreed", plan) if "who" in data}
        people = {who for who in people if not self.has_left(who)}
        return people | {cover for who in people for cover in self.covers(who)}

    def has_left(self, who: str) -> bool:
        """Whether somebody held a role once, and holds none now: on a plan that runs, or for an authority."""
        given = [event for event in self._by_type["role.assigned"] if _data(event)["person"] == who]
        return bool(given) and not any(self._still_has(event, who) for event in given)

    def _still_has(self, event: Raw, who: str) -> bool:
        plan, role = event.get("subject"), str(_data(event)["role"])
        if plan is None:
            return self._last_holder(role, None, str(_data(event)["authority"])) == who
        if self.ended(str(plan)):
            return False
        if role in SHARED:
            changes = [*self._by_type["role.assigned"], *self._by_type["role.ended"]]
            mine = [one for one in changes if (one.get("subject"), _data(one)["role"], _data(one)["person"]) ==
                    (plan, role, who)]  # fmt: skip
            return max(mine, key=_time)["type"] == "role.assigned"
        return self._last_holder(role, str(plan), None) == who


def _data(event: Raw) -> Data:
    return event["data"]  # type: ignore[return-value]


def _time(event: Raw) -> datetime:
    return _moment(str(event["time"]))


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
