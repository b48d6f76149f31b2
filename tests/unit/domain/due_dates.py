"""A line or two for each rule of each council: the contract's letters for it, what opens it, when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from notifications.message import Message, Send
from service.domain.last_check import still_wanted
from service.domain.look import look
from service.domain.obligations.obligation import Obligation
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.records import Ledger
from service.simulation import Simulation
from tests.unit.domain.builders import Raw, at, clock, fact, of_one_council, parsed, visit
from tests.unit.domain.elsewhere import agreed, family, opened, workers

ROLES = {"w-sw": "social_worker", "w-iro": "iro", "p-youth": "key_professional"}
LADDERS = {"L": "long", "S": "short", "T": "standard", "A": "next_morning"}
BASES = {"g": "guidance", "d": "local_default", "r": "reading"}
NOW = "2026-12-29"


@dataclass(frozen=True)
class Line:
    """A rule, its basis and ladder by the contract's letters, the day its plan opened on, and what it must be due."""

    rule: str
    letters: str
    facts: tuple[Raw, ...]
    due: str
    service: str = "social_care"
    route: str = "child_in_need"
    risk: str = "medium"

    @property
    def authority(self) -> str:
        """The council of the rule."""
        return self.rule.split(".")[0]


def on(day: str, kind: str, /, **data: object) -> Raw:
    """A fact of a day."""
    return fact(day, kind, **{"on": day, **data})


def held(day: str, kind: str, **data: object) -> Raw:
    """A meeting of a day."""
    return on(day, "meeting.held", meeting=kind, ref="m1", **data)


def moment(when: str, kind: str, /, **data: object) -> Raw:
    """A fact of a moment."""
    return fact(when, kind, **{"at": at(when).isoformat(), **data})


ASSESSED, ENQUIRED = on("2026-12-04", "assessment.completed"), on("2026-12-04", "section47.completed")
INITIAL, REVIEW = held("2026-12-04", "initial"), held("2026-12-04", "review", review_every="6 weeks")
NO_DATE = held("2026-12-04", "review")
DATED = on("2026-12-04", "plan.agreed", version=1, review_on="2027-02-12", end_on="2027-03-12", parties=["f-mum"])
BARE = on("2026-12-04", "plan.agreed", version=1)
NIGHT = agreed("2026-12-04T18:00", at=at("2026-12-04T18:00").isoformat())
SMALL_HOURS = agreed("2026-12-08T02:15", at=at("2026-12-08T02:15").isoformat())
ACTION = on("2026-12-04", "action.agreed", ref="a1", what="x", due_on="2026-12-18")
WITHHELD = fact("2026-12-04", "plan.withheld", from_="f-mum", reason="x", on="2026-12-04")
ROSE, FELL = (on("2026-12-04", "risk.changed", direction=which) for which in ("up", "down"))
INCIDENT = moment("2026-12-08T03:00", "incident.recorded", kind="domestic_abuse")
BY_DAY = moment("2026-12-04T12:00", "incident.recorded", kind="domestic_abuse")
BEGUN = on("2026-12-07", "timeline.started")


def _dudley() -> list[Line]:
    weekly = on("2026-12-04", "visits.agreed", by_role="key_professional", every="2 weeks")
    return [
        Line("dudley.consult-hub", "dS", (on("2026-12-04", "screening.completed"),), "2026-12-07"),
        Line("dudley.initial-meeting-child-in-need", "gT", (ASSESSED,), "2026-12-18"),
        Line("dudley.initial-meeting-child-protection", "gT", (ENQUIRED,), "2026-12-29", route="child_protection"),
        Line("dudley.initial-meeting-other-service", "dT", (ASSESSED,), "2026-12-18", "early_help"),
        Line("dudley.initial-meeting-other-service-high-risk", "dT", (ENQUIRED,), "2026-12-29", "early_help",
             risk="high"),
        Line("dudley.initial-meeting-before-assessment", "dT", (), "2026-12-14", "youth_offending"),
        Line("dudley.initial-meeting-before-enquiry", "dT", (), "2026-12-21", "youth_offending", risk="high"),
        Line("dudley.first-review", "gL", (INITIAL,), "2027-03-04"),
        Line("dudley.later-review", "gL", (REVIEW,), "2027-01-15"),
        Line("dudley.set-review-date", "dS", (NO_DATE,), "2026-12-04"),
        Line("dudley.progress-check", "gT", (held("2026-12-04", "initial", progress_check_every="1 month"),),
             "2027-01-04"),
        Line("dudley.four-weekly-visit", "gT", (), "2026-12-28"),
        Line("dudley.key-professional-visit", "gT", (weekly,), "2026-12-18"),
        Line("dudley.share-visit", "dS", (visit("2026-12-04", "p-youth"),), "2026-12-07"),
        Line("dudley.upload-meeting", "dS", (INITIAL,), "2026-12-08"),
        Line("dudley.notify-hub", "dS", (moment("2026-12-05T23:50", "bottom_line.breached", bottom_line="b"),),
             "2026-12-05"),
        *_actions("dudley"),
    ]  # fmt: skip


def _bradford() -> list[Line]:
    core = held("2026-12-04", "core_group", plan_reviewed=False)
    return [
        Line("bradford.regular-review", "dL", (BARE,), "2027-01-01"),
        Line("bradford.review-out-of-hours", "gS", (NIGHT,), "2026-12-07"),
        Line("bradford.review-out-of-hours", "gS", (SMALL_HOURS,), "2026-12-08"),
        Line("bradford.review-when-risk-rises", "dS", (ROSE,), "2026-12-07"),
        Line("bradford.review-after-incident", "dS", (BY_DAY,), "2026-12-07"),
        Line("bradford.review-at-visit", "gA", (visit("2026-12-04"),), "2026-12-04"),
        Line("bradford.review-at-meeting", "gA", (core,), "2026-12-04"),
        Line("bradford.review-when-risk-rises", "dS", (moment("2026-12-08T03:00", "risk.changed", direction="up"),),
             "2026-12-08"),
        Line("bradford.review-when-risk-falls", "dT", (FELL,), "2026-12-11"),
        Line("bradford.review-after-incident", "dS", (INCIDENT,), "2026-12-08"),
        Line("bradford.share-plan", "dS", (DATED,), "2026-12-08"),
        Line("bradford.case-summary", "dS", (BARE,), "2026-12-07"),
        Line("bradford.case-summary-out-of-hours", "dS", (NIGHT,), "2026-12-04"),
        *_actions("bradford"),
    ]  # fmt: skip


def _darlington() -> list[Line]:
    return [
        Line("darlington.upload-plan", "gS", (BARE,), "2026-12-08"),
        Line("darlington.copy-to-iro", "gS", (BARE,), "2026-12-08"),
        Line("darlington.share-plan", "dS", (DATED,), "2026-12-08"),
        Line("darlington.sign-plan", "dS", (DATED,), "2026-12-08"),
        Line("darlington.approve-withholding", "dS", (WITHHELD,), "2026-12-07"),
        Line("darlington.set-review", "gL", (DATED,), "2027-02-12"),
        Line("darlington.set-review-date", "dS", (BARE,), "2026-12-04"),
        Line("darlington.set-end-date", "dS", (BARE,), "2026-12-04"),
        Line("darlington.end-plan", "gT", (DATED,), "2027-03-12"),
        Line("darlington.review-when-not-followed", "dS", (on("2026-12-04", "plan.not_followed"),), "2026-12-08"),
        *_actions("darlington"),
    ]


def _wakefield() -> list[Line]:
    return [
        Line("wakefield.set-review", "gL", (DATED,), "2027-02-12"),
        Line("wakefield.set-review-date", "dS", (BARE,), "2026-12-04"),
        Line("wakefield.review-after-change", "dT", (on("2026-12-04", "circumstances.changed", what="x"),),
             "2026-12-11"),
        Line("wakefield.review-when-risk-rises", "dS", (moment("2026-12-08T03:00", "risk.changed", direction="up"),),
             "2026-12-08"),
        Line("wakefield.review-when-risk-rises", "dS", (ROSE,), "2026-12-07"),
        *_actions("wakefield"),
    ]  # fmt: skip


def _south_gloucestershire() -> list[Line]:
    week = on("2026-12-07", "visits.agreed", by_role="social_worker", every="1 week", from_week=2, to_week=2)
    core = held("2026-12-04", "core_group", plan_reviewed=False)
    few = on("2026-12-04", "network.agreed", people=["f-nan"], at_least=2)
    often = on("2026-12-04", "network_meetings.agreed", every="3 weeks")
    tool = on("2026-12-04", "tool.completed", tool="exploitation_indicator_tool")
    council = "south_gloucestershire"
    return [
        Line(f"{council}.set-review", "gL", (DATED,), "2027-02-12"),
        Line(f"{council}.set-review-date", "dS", (BARE,), "2026-12-04"),
        Line(f"{council}.review-at-meeting", "gA", (core,), "2026-12-04"),
        Line(f"{council}.share-plan", "dT", (DATED,), "2026-12-11"),
        Line(f"{council}.weekly-visit", "gT", (BEGUN, week), "2026-12-20"),
        Line(f"{council}.build-network", "dT", (few,), "2026-12-18"),
        Line(f"{council}.network-meeting", "gT", (often,), "2026-12-25"),
        Line(f"{council}.exploitation-tool", "gL", (tool,), "2027-03-04"),
        Line(f"{council}.dash-after-incident", "dS", (INCIDENT,), "2026-12-08"),
        Line(f"{council}.dash-after-incident", "dS", (BY_DAY,), "2026-12-07"),
        Line(f"{council}.tell-about-ending", "dT", (on("2026-12-04", "ending.planned", ends_on="2027-01-08"),),
             "2026-12-31"),
        *_actions(council),
    ]  # fmt: skip


def _actions(authority: str) -> list[Line]:
    return [
        Line(f"{authority}.action", "gT", (ACTION,), "2026-12-18"),
        Line(f"{authority}.name-action-owner", "dS", (ACTION,), "2026-12-04"),
    ]


LINES = [*_dudley(), *_bradford(), *_darlington(), *_wakefield(), *_south_gloucestershire()]
COUNCILS = ("bradford", "darlington", "dudley", "south_gloucestershire", "wakefield")


def opening(line: Line) -> list[Raw]:
    """Everybody, and the line's plan, opened on 30 November 2026."""
    plan = opened(line.authority, roles=ROLES, service=line.service, route=line.route, risk=line.risk)
    return [*workers(line.authority), *family("f-mum"), *plan]


def owed(book: PolicyBook, line: Line) -> Sequence[Obligation]:
    """What of the line's rule is listed, by a book of policies, at the end of the year."""
    events = parsed(opening(line), line.facts)
    people = Directory.of([one for one in events if one.subject != "P-1"])
    found = look(book, [one for one in events if one.subject == "P-1"], people, Ledger(), at(f"{NOW}T23:59"))
    return [one for one in found.obligations if one.rule == line.rule]


def faults(book: PolicyBook, line: Line) -> list[str]:
    """What a book of policies does otherwise than the line says."""
    found = [(one.due_on.isoformat(), one.basis) for one in owed(book, line)]
    rule = book.versions(line.authority)[-1].by_name[line.rule]
    wrong = [] if found == [(line.due, BASES[line.letters[0]])] else [f"{line.rule}: due {line.due}, found {found}"]
    return wrong + ([] if rule.ladder == LADDERS[line.letters[1]] else [f"{line.rule}: ladder {rule.ladder}"])


ALERTED = {"dudley": ("w-tm", "w-hsm")}


def alert_faults(book: PolicyBook, authority: str) -> list[str]:
    """What of an unanswered bottom line comes otherwise than at once, every half hour, and higher after 30 and 60."""
    hub = [fact("2024-01-02", "role.assigned", None, authority=authority, role="hub_service_manager", person="w-hsm")]
    people = [*workers(authority), *workers_named("w-hsm"), *hub, *opened(authority, roles=ROLES)]
    crossed = moment("2026-12-05T03:00", "bottom_line.breached", bottom_line="b", eid="b1")
    closed = moment("2026-12-05T04:45", "alert.closed", alert="b1", by="w-head", outcome="x")
    told = Simulation(book).run(parsed(of_one_council(people, crossed, closed)), date(2026, 12, 5))
    alerts = [one for one in told if isinstance(one, Message) and one.template == "bottom_line"]
    found = sorted(f"{clock(one.at)[11:]} {one.person} {one.channel}" for one in alerts)
    named = ALERTED.get(authority, ("w-sw", "w-tm"))
    slots = ["03:00", "03:30", "04:00", "04:30"]
    moments = [(slot, who) for who in named for slot in slots]
    moments += [(slot, "w-oncall") for slot in slots[1:]] + [(slot, "w-head") for slot in slots[2:]]
    wanted = sorted(f"{slot} {who} {channel}" for slot, who in moments for channel in ("email", "sms"))
    return [] if found == wanted else [f"{authority}: bottom line: {set(found) ^ set(wanted)}"]


def hour_faults(book: PolicyBook, authority: str) -> list[str]:
    """At which minutes the last check lets word of a plan's end go otherwise than from 08:00 until 18:00."""
    ended = on("2026-12-04", "plan.ended", reason="x")
    events = parsed(of_one_council(workers(authority), opened(authority, roles=ROLES), ended))
    told = Simulation(book).run(events, date(2026, 12, 7))
    notice = next(one for one in told if isinstance(one, Message) and one.template == "plan_ended")
    plan, people = [[one for one in events if (one.subject == "P-1") is whose] for whose in (True, False)]
    directory = Directory.of(people, events)
    wanted = {"07:59": False, "08:00": True, "18:00": True, "18:01": False}
    checks = {time: still_wanted(book, plan, directory, notice, at(f"2026-12-07T{time}")) for time in wanted}
    goes = {time: isinstance(check, Send) for time, check in checks.items()}
    return [] if goes == wanted else [f"{authority}: routine hours: {goes}"]


def workers_named(*names: str) -> list[Raw]:
    """Workers beyond the usual cast."""
    known = {"authority": "dudley", "kind": "worker", "name": "Nym"}
    return [
        fact("2024-01-02", "person.recorded", who, email=f"{who}@example.org", mobile=f"+4477009002{index:02}", **known)
        for index, who in enumerate(names)
    ]
