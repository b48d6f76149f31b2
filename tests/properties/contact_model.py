"""Who may be told, read a second time: from the contract's contact rules and from nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

Raw = dict[str, Any]
Way = Literal["email", "sms"]
LONDON = ZoneInfo("Europe/London")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# The contract's order: the first that holds is given.
ORDER = (
    "never_contact", "excluded", "withheld_person", "poses_risk", "victim", "flag_undecided", "opted_out",
    "no_contact_decision", "no_address", "outside_window",
)  # fmt: skip
OF_A_NUMBER = frozenset({"never_contact", "excluded", "withheld_person", "poses_risk", "opted_out"})
# What any plan of the council says of somebody keeps texts from them on every other.
ON_ANY_PLAN = frozenset({"excluded", "withheld_person", "poses_risk"})
STOPS = ("STOP", "stop", "“Stop”", "stop please.", "STOP\n\nSent from my iPhone")
FAMILY = ("family", "child")
NEARLY_ALL_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """An event: when it was recorded, whose it is, what it says, and its own day or moment."""

    time: datetime
    kind: str
    subject: str | None
    data: Raw
    day: date
    at: datetime | None

    @classmethod
    def of(cls, event: Raw) -> Said:
        """Read one."""
        recorded = datetime.fromisoformat(event["time"])
        data = event["data"]
        at = datetime.fromisoformat(data["at"]) if _is_moment(data.get("at")) and "on" not in data else None
        day = date.fromisoformat(data["on"]) if "on" in data else (at or recorded).astimezone(LONDON).date()
        return cls(recorded, event["type"], event.get("subject"), data, day, at)

    def happened_after(self, other: Said) -> bool:
        """By their own days; on one day by their moments where both have one, else by when they were recorded."""
        if self.day != other.day:
            return self.day > other.day
        if self.at is not None and other.at is not None:
            return self.at > other.at
        return self.time > other.time


class Model:
    """All events that are known, asked about one person after the other."""

    def __init__(self, events: Sequence[Raw]) -> None:
        self._by_kind: dict[str, list[Said]] = defaultdict(list)
        for said in sorted(map(Said.of, _standing(events)), key=lambda one: one.time):
            self._by_kind[said.kind].append(said)
        self._persons = {str(said.subject): said.data for said in self._by_kind["person.recorded"]}
        self._decisions = self._latest_decisions()
        self._stopped = [*self._unlifted()]
        self._against: dict[tuple[str, str], frozenset[str]] = {}
        self._silenced: dict[tuple[str, str, date], bool] = {}

    def answer(self, plan: str, who: str, way: Way, now: datetime, answers: bool | None = None) -> str:
        """The first reason against telling a person something of a plan by a way now; `ok` where there is none."""
        known = self._persons.get(who, {})
        found = set(self._against_person(plan, who))
        if way == "sms":
            found |= self._anywhere(who) | ({"opted_out"} if self._silent(who) else set())
        address = known.get("mobile" if way == "sms" else "email")
        if way == "sms" and address is not None:
            found |= self._against_number(plan, address)
        if known.get("kind") in FAMILY:
            found.update(self._against_family(plan, who, way, now))
            if answers is None and not self._in_hours(who, now):
                found.add("outside_window")
        if answers:  # the one answer to a STOP: that text does not stand against it
            found.discard("opted_out")
        if address is None:
            found.add("no_address")
        return next((reason for reason in ORDER if reason in found), "ok")

    # ------------------------------------------------------------------------------------------ a person, or a number

    def _against_person(self, plan: str, who: str) -> frozenset[str]:
        if (plan, who) not in self._against:
            self._against[plan, who] = frozenset(self._standing_against(plan, who))
        return self._against[plan, who]

    def _standing_against(self, plan: str, who: str) -> Iterator[str]:
        if who in self._decisions and self._decisions[who]["decision"] == "never":
            yield "never_contact"
        if any(one.data["person"] == who for one in self._of(plan, "person.excluded")):
            yield "excluded"
        if any(one.data["from"] == who for one in self._of(plan, "plan.withheld")):
            yield "withheld_person"
        council = next(one.data["authority"] for one in self._of(plan, "plan.opened"))
        wide = [one for one in self._of(None, "role.assigned") if one.data["authority"] == council]
        for one in (*self._of(plan, "role.assigned"), *wide):
            if one.data["person"] == who:
                yield from (mark for mark in ("poses_risk", "victim") if one.data.get(mark))

    def _against_number(self, plan: str, number: str) -> set[str]:
        """Whoever holds it counts, the person included: of each what blocks a number."""
        holders = [who for who, known in self._persons.items() if known.get("mobile") == number]
        found = {reason for who in holders for reason in self._against_person(plan, who) | self._anywhere(who)}
        if any(self._silent(who) for who in holders):
            found.add("opted_out")
        return found & OF_A_NUMBER

    def _anywhere(self, who: str) -> set[str]:
        plans = {str(one.subject) for one in self._by_kind["plan.opened"]}
        return {reason for plan in plans for reason in self._against_person(plan, who) & ON_ANY_PLAN}

    def _silent(self, who: str) -> bool:
        """Whether somebody asked for no more who is this person, or had the number that this person has."""
        number = self._persons.get(who, {}).get("mobile")
        return any(who == sender or (number is not None and number == of) for sender, of in self._stopped)

    def _of(self, subject: str | None, kind: str) -> Iterator[Said]:
        return (said for said in self._by_kind[kind] if said.subject == subject)

    def _latest_decisions(self) -> dict[str, Raw]:
        """The last one of each person; of those made in one moment, a `never` where there is one."""
        found: dict[str, tuple[datetime, Raw]] = {}
        for said in self._by_kind["contact.decided"]:
            when, before = found.get(str(said.subject), (NEARLY_ALL_TIME, {}))
            if when == said.time and before["decision"] == "never":
                continue
            found[str(said.subject)] = (said.time, said.data)
        return {who: data for who, (_, data) in found.items()}

    def _unlifted(self) -> Iterator[tuple[str, str | None]]:
        """Who asked for no more and was not allowed texts anew since, and the number that they had."""
        for said in self._by_kind["check_in.replied"]:
            if said.data["text"] not in STOPS:
                continue
            who, when = said.data["person"], said.at or said.time
            allowed = [one for one in self._of(who, "contact.decided") if one.data["decision"] == "allow"]
            if not any(one.time > when and one.data.get("channel") in (None, "sms") for one in allowed):
                yield who, self._number_at(who, when)

    def _number_at(self, who: str, when: datetime) -> str | None:
        records = list(self._of(who, "person.recorded"))
        then = [one for one in records if one.time <= when] or records[:1]
        return then[-1].data.get("mobile") if then else None

    # ------------------------------------------------------------------------------------------------------- family

    def _against_family(self, plan: str, who: str, way: Way, now: datetime) -> Iterator[str]:
        today = now.astimezone(LONDON).date()
        if self._silences(plan, who, today):
            yield "flag_undecided"
        decision = self._decisions.get(who, {"decision": "none"})
        by_this_way = decision.get("channel") in (None, way)
        lapsed = "check_again_on" in decision and today > date.fromisoformat(decision["check_again_on"])
        if decision["decision"] != "allow" or not by_this_way or lapsed:
            yield "no_contact_decision"

    def _silences(self, plan: str, who: str, today: date) -> bool:
        if (plan, who, today) not in self._silenced:
            raised = list(self._of(plan, "flag.raised"))
            names = {one.data["flag"] for one in raised}
            self._silenced[plan, who, today] = any(self._undecided(plan, who, name, today) for name in names)
        return self._silenced[plan, who, today]

    def _undecided(self, plan: str, who: str, flag: str, today: date) -> bool:
        """Whether a flag is current, and not every reason for it was known and past when a manager approved."""
        raised = [one for one in self._of(plan, "flag.raised") if one.data["flag"] == flag]
        cleared = [one for one in self._of(plan, "flag.cleared") if one.data["flag"] == flag and one.day <= today]
        if all(any(end.happened_after(one) for end in cleared) for one in raised):
            return False
        causes = raised + [one for one in self._of(plan, "incident.recorded") if one.data["kind"] == flag]
        approved = [one for one in self._of(plan, "family_contact.approved") if one.day <= today]
        return not any(
            yes.data["person"] == who and all(yes.happened_after(one) and yes.time > one.time for one in causes)
            for yes in approved
        )

    def _in_hours(self, who: str, now: datetime) -> bool:
        """Hours are told in minutes, and both ends belong to them."""
        here = now.astimezone(LONDON)
        clock = time(here.hour, here.minute)
        window = self._decisions.get(who, {}).get("window")
        if not time(9) <= clock <= time(20) or window is None:
            return time(9) <= clock <= time(20)
        agreed = time.fromisoformat(window["from"]) <= clock <= time.fromisoformat(window["until"])
        return agreed and DAYS[here.weekday()] in window["days"]


def _is_moment(at: object) -> bool:
    return isinstance(at, str) and "T" in at  # check-ins have a time of day there


def _standing(events: Sequence[Raw]) -> list[Raw]:
    """What was not withdrawn; a withdrawal may be withdrawn itself."""
    gone: set[str] = set()
    for event in sorted(events, key=lambda one: (one["time"], one["id"]), reverse=True):
        if event["type"] == "event.withdrawn" and event["id"] not in gone:
            gone.add(event["data"]["event"])
    return [event for event in events if event["id"] not in gone and event["type"] != "event.withdrawn"]
