"""A history of a sixth council, whose policy uses the words of the language that no built-in policy uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.domain.policy import PolicyBook
from tests import sixth
from tests.unit.domain.builders import Raw, fact, flat, visit

UNTIL = "2027-01-15"
ROLES = {**sixth.WORKERS, "w-lead": "family_help_lead"}


def _milestone(name: str, when: str = "reached") -> dict[str, Any]:
    return {"when": f"milestone.{when}", "where": {"milestone": name}}


_CONFERENCE = _milestone("conference", "scheduled")
_SEEN = {"when": "visit.recorded", "where": {"seen_alone": True}}
WORDS: Mapping[str, Any] = {
    "lead": "family_help_lead",
    "roles": {"family_help_lead": "one", "sibling": "many"},
    "kinds": {"supervision": "supervision of the case", "offer": "an offer of a meeting"},
    "milestones": {
        "supervision_held": {"label": "supervision of the case"},
        "conference": {"label": "conference", "scheduled": True},
        "report_sent": {"label": "report for the conference"},
        "letter": {"label": "letter before proceedings"},
        "offer_made": {"label": "offer of a meeting"},
        "court": {"label": "application to court"},
        "on_file": {"label": "the event is on the file"},
    },
    "closed": ["2026-12-29", "2026-12-30"],
    "hours": {"morning": "08:45"},
    "ladders": {
        "within_a_day": {
            "remind": ["at opening", "half way", "2 hours before"],
            "by": ["sms", "email"],
            "at_any_hour": True,
            "late": [
                {"at": "once", "to": ["owner", "team_manager"]},
                {"after": "4 hours", "to": ["service_manager"], "as": "escalation"},
            ],
        }
    },
}
_RULES: Mapping[str, dict[str, Any]] = {
    "on-the-file": {
        "opens": {"when": "circumstances.changed", "about": "event"}, "due": {"within": "24 hours"},
        "met": _milestone("on_file"), "ladder": "within_a_day",
    },
    "supervision": {
        "kind": "supervision", "opens": {"when": "plan.opened"}, "met": _milestone("supervision_held"),
        "due": {"every": "3 weeks", "as_agreed": {"on": {**_milestone("supervision_held"), "takes": "next_on"}}},
        "owed_by": "team_manager", "ladder": "standard",
    },
    "core-group": {
        "opens": {"when": "plan.opened"}, "due": {"each": "calendar month"}, "ladder": "standard",
        "met": {"when": "meeting.held", "where": {"meeting": "core_group"}},
    },
    "return": {
        "opens": {"when": "plan.opened"}, "due": {"each": "calendar month", "by_day": 10}, "ladder": "standard",
        "met": {"when": "plan.summarised"},
    },
    "report": {
        "opens": {**_CONFERENCE, "about": "ref"}, "due": {"on": "at", "before": "2 working days"},
        "met": _milestone("report_sent"), "superseded_by": {**_CONFERENCE, "same": {"ref": "about"}},
        "ladder": "standard",
    },
    "seen-twice": {
        "opens": {**_CONFERENCE, "about": "ref"}, "due": {"on": "at", "before": "1 working day"},
        "met": {**_SEEN, "times": 2}, "superseded_by": {**_CONFERENCE, "same": {"ref": "about"}}, "ladder": "standard",
    },
    "third-visit": {
        "opens": {"when": "visit.recorded", "nth": 3}, "due": {"within": "5 working days", "the_day_counts": True},
        "met": {"when": "plan.reviewed"},
    },
    "offer": {
        "kind": "offer", "opens": {**_milestone("letter"), "about": "event"}, "met": _milestone("offer_made"),
        "due": {"before_fact": _milestone("court"), "called": "the application to court"},
    },
}  # fmt: skip


def book(folder: Path) -> PolicyBook:
    """The policy alone, read from a file in a folder."""
    usual = {"owed_by": "family_help_lead"}
    rules = (sixth.rule(rule=name, **{**usual, **words}) for name, words in _RULES.items())
    return PolicyBook([sixth.policy(folder, *rules, **WORDS)])


def _diary(when: str, day: str) -> Raw:
    return sixth.scheduled(when, "conference", ref="c1", at=f"{day}T10:00:00+00:00")


def _seen(day: str) -> Raw:
    return visit(day, by="w-lead", seen_alone=True)


def events() -> list[Raw]:
    """Ten weeks of a plan: a Saturday night, a conference that is moved, what is late, learnt late and taken back."""
    court = sixth.reached("2026-12-08T15:00", "court", at="2026-12-08T15:00:00+00:00")
    return flat(
        sixth.people(ROLES),
        sixth.opened(),
        fact("2026-11-02T09:00", "role.assigned", "P-1", role="sibling", person="w-head"),
        _diary("2026-11-04T10:00", "2026-11-30"),
        _seen("2026-11-05"),
        fact("2026-11-07T22:10", "circumstances.changed", "P-1", what="x", at="2026-11-07T22:00:00+00:00"),
        sixth.reached("2026-11-09T03:00", "on_file", at="2026-11-09T02:59:00+00:00"),
        fact("2026-11-09T12:00", "plan.summarised", "P-1", on="2026-11-09"),
        _diary("2026-11-10T10:00", "2026-12-07"),
        _seen("2026-11-12"),
        fact("2026-11-13T12:00", "meeting.held", "P-1", meeting="core_group", on="2026-11-13", ref="m-1"),
        _seen("2026-11-16"),
        sixth.reached("2026-11-20T12:00", "supervision_held", on="2026-11-20", by="w-tm", next_on="2026-12-04"),
        sixth.reached("2026-11-24T12:00", "letter", on="2026-11-24"),
        fact("2026-11-25T12:00", "circumstances.changed", "P-1", what="y", on="2026-11-25"),
        fact("2026-12-01T12:00", "role.assigned", "P-1", role="family_help_lead", person="w-head"),
        court,
        sixth.reached("2026-12-09T12:00", "undeclared", on="2026-12-09"),
        fact("2026-12-15T12:00", "event.withdrawn", "P-1", event=court["id"], reason="another child"),
        sixth.reached("2026-12-21T12:00", "court", on="2026-12-10"),
        sixth.reached("2027-01-04T12:00", "offer_made", on="2027-01-04"),
    )
