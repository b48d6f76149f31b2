"""A whole policy in plain English, as text or as one page to send round and print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import fill

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from service.domain.language.milestones import Milestone
from service.domain.policy import BottomLine, Policy
from service.domain.telling.wording import day_text, role_text
from service.policy_tools.clauses import opening_clause
from service.policy_tools.plain_english import Reading, read_aloud
from service.policy_tools.safeguards import CONTACT_RULES
from service.policy_tools.words import both, either, field_words, plain, sentence, the_role

_INTRODUCTION = (
    "The due day is the day that a rule gives; it is never moved. The day to act by is the last working day on or "
    "before it. Reminders count back from the day to act by, lateness from the due day. A morning is "
    "{morning} on a working day; what falls on one person's morning is one email. Messages go to whoever "
    "holds the role at that moment, to the cover while the holder is away, and to the {fallback} where nobody "
    "holds it. When to remind, and what follows lateness, are local defaults for every rule; the mark on a rule "
    "is about its due day alone."
)


_ASKED: Mapping[str, str] = {"on": "when", "about": "whom or what it is about", "next_on": "when the next one is"}
_MARKS: Mapping[str, str] = {
    "guidance": "Time stated in the guidance",
    "reading": "Time read from an unclear sentence",
}


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A policy in plain English, ready to be laid out."""

    title: str
    about: tuple[tuple[str, str], ...]
    introduction: str
    readings: tuple[Reading, ...]
    milestones: tuple[str, ...]
    bottom_line: tuple[str, ...]
    mend: tuple[str, ...]
    contact: tuple[str, ...]

    @property
    def lists(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The lists after the rules, each a heading and its sentences; an empty list is left out."""
        lists = (
            ("Milestones, which case systems and people record", self.milestones),
            ("A bottom line is crossed", self.bottom_line),
            ("Shown for a person to mend, without a duty of its own", self.mend),
            ("Who may be told at all, asked at the moment of sending, in this order", self.contact),
        )
        return tuple((heading, sentences) for heading, sentences in lists if sentences)


def policy_page(policy: Policy) -> PolicyPage:
    """Describe a policy in plain English."""
    return PolicyPage(
        f"What planwatch does for {policy.title}",
        tuple(_about(policy)),
        _INTRODUCTION.format(morning=f"{policy.hours.morning:%H:%M}", fallback=role_text(policy.fallbacks[0])),
        tuple(read_aloud(policy)),
        tuple(_milestone(name, milestone) for name, milestone in policy.milestones.items()),
        tuple(_bottom_line(policy.bottom_line)),
        tuple(sentence(f"'{plain(rule.problem)}': {opening_clause(rule.opens, {})}") for rule in policy.problems),
        tuple(CONTACT_RULES.values()),
    )


def as_html(page: PolicyPage) -> str:
    """The policy as one self-contained page: styles inside, no script, nothing loaded from elsewhere."""
    return _template().render(page=page)


def as_text(page: PolicyPage, width: int = 100) -> str:
    """The policy as text for a terminal; it ends with a newline."""
    lines = [page.title, "=" * len(page.title), "", *_pairs(page.about, width, ""), "", fill(page.introduction, width)]
    for reading in page.readings:
        heading = f"{reading.label[:1].upper()}{reading.label[1:]}  ({reading.name})"
        lines += ["", heading, "-" * len(heading), fill(reading.asks, width)]
        lines += _pairs((*reading.lines, *_origin(reading)), width, "  ")
    for heading, sentences in page.lists:
        lines += ["", heading, "-" * len(heading)]
        lines += [fill(f"- {item}", width, subsequent_indent="  ") for item in sentences]
    return "\n".join([*lines, ""])


def _pairs(pairs: tuple[tuple[str, str], ...], width: int, margin: str) -> Iterator[str]:
    for heading, words in pairs:
        start = f"{margin}{heading:<12}"
        yield fill(words, width, initial_indent=start, subsequent_indent=" " * len(start))


def _origin(reading: Reading) -> Iterator[tuple[str, str]]:
    yield "Source", f"{reading.source} ({', '.join(reading.entries)})"
    yield "Number", reading.basis_text


def _about(policy: Policy) -> Iterator[tuple[str, str]]:
    document = policy.document
    yield "Document", f"{document.title}. Issued: {document.issued}. To be reviewed by: {document.review_by}."
    for edition in policy.rests_on:
        again = f" To be read again on {day_text(edition.read_again)}." if edition.read_again else ""
        yield "Rests on", f"{edition.title}, {edition.edition}.{again}"
    yield "Version", f"{policy.version}, for what is caused from {day_text(policy.in_force_from)} on"
    yield "Hours", _hours(policy)
    defaults = sum(rule.source.basis == "local_default" for rule in policy.rules)
    rest = f"{defaults} with a due day that is a LOCAL DEFAULT, because the document gives none"
    yield "Rules", f"{len(policy.rules)}, {rest}."


def _hours(policy: Policy) -> str:
    office = policy.calendar.office
    days = "Monday to Friday, bank holidays in England excepted"
    hours = f"{office.opens:%H:%M} to {office.closes:%H:%M} on working days ({days})"
    early = [f"{at:%H:%M} on {day}/{month}" for month, day, at in office.early]
    hours += f"; closing early at {both(early)}" if early else ""
    added = [day_text(day) for day in policy.closed]
    return f"{hours}; closed on {both(added)} too." if added else f"{hours}."


def _milestone(name: str, milestone: Milestone) -> str:
    words = f"'{plain(name)}': {milestone.label}"
    if milestone.scheduled:
        words += "; it is put in the diary first"
    if milestone.by:
        words += f"; it counts if it is by {either(the_role(role) for role in milestone.by)} or the cover"
    if milestone.form:
        words += f"; its form asks {both(_ASKED.get(field, field_words(field)) for field in milestone.form)}"
    return sentence(words)


def _bottom_line(line: BottomLine) -> Iterator[str]:
    at_once = both(the_role(role) for role in line.alert)
    yield sentence(f"at once, at any hour, by text and by email: {at_once}")
    yield f"Again every {line.again_every} minutes, until each of them (or the cover) has acknowledged."
    for rung in line.then:
        since = f"{rung.after} minutes after the first alert"
        yield sentence(f"{since}, if one of them has not acknowledged: {the_role(rung.role)} too")
    if line.then:
        yield "Once all who are alerted first have acknowledged, or one of those alerted later, nothing more is sent."
    if line.duty is not None:
        yield sentence(f"{the_role(line.duty)} must also act on it: acknowledging the alert is not doing it")
    yield "Where nobody holds one of these roles, the next is alerted at once, and must acknowledge in that place."
    yield (
        "Who is alerted, how often, and who comes next is a LOCAL DEFAULT, not the guidance's, unless a rule above "
        "says of the same people that the guidance names them. The authority may set it otherwise."
    )


def _marked(basis: str) -> str:
    names: Mapping[str, str] = {
        "guidance": "Time stated in the guidance",
        "reading": "Time read from an unclear sentence",
    }
    return names.get(basis, "Time is a local default, not in the guidance")


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(marked=_marked, plain=plain)
    return environment.get_template("policy_page.html")
