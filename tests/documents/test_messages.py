"""The list of messages is up to date and complete, and every line of it about a template is true."""

import re
from collections.abc import Iterator, Mapping

import pytest

from notifications.catalogue.languages import TEMPLATES
from notifications.catalogue.render import render
from notifications.message import Channel
from tests.architecture.tree import ROOT
from tests.documents.messages import document
from tests.documents.not_templated import NOT_TEMPLATED
from tests.documents.requirements import REQUIREMENTS, Clause, Part, Requirement
from tests.documents.samples import EMPTIEST, FAMILY, LINK, LONG_PLAN, LONGEST
from tests.documents.sms_size import sms_size

IDS = {
    *(f"W{n:02}" for n in range(1, 14)), *(f"M{n:02}" for n in range(1, 12)), *(f"P{n:02}" for n in range(1, 6)),
    *(f"F{n:02}" for n in range(1, 13)), "S01",
}  # fmt: skip
MUST = [(duty, clause) for duty in REQUIREMENTS for clause in duty.must]
MUST_NOT = [(duty, clause) for duty in REQUIREMENTS for clause in duty.must_not]


def named(clauses: list[tuple[Requirement, Clause]]) -> list[str]:
    """Names for a test's cases."""
    return [f"{duty.template}: {clause.words}" for duty, clause in clauses]


def samples(template: str) -> list[Mapping[str, object]]:
    """The values that a template is shown with, the longest first."""
    if template in FAMILY:
        return list(FAMILY[template])
    common = {"plan": LONG_PLAN, "initials": "A.B.", "link": LINK}
    return [{**common, **LONGEST[template]}, {**common, **EMPTIEST[template]}]


def parts(template: str, values: Mapping[str, object]) -> dict[Part, str]:
    """What a template says, part by part, its lines joined."""
    found = {Part.SMS: render(template, Channel.SMS, values).text}
    if template not in FAMILY:
        email = render(template, Channel.EMAIL, values)
        found |= {Part.SUBJECT: str(email.subject), Part.BODY: email.text, Part.HTML: str(email.html)}
    return {part: " ".join(said.split()) for part, said in found.items()}


def shown(duty: Requirement, clause: Clause) -> Iterator[tuple[Part, str]]:
    """Each part that a clause is about, in each rendering."""
    for values in samples(duty.template):
        said = parts(duty.template, {**values, **clause.given})
        yield from ((part, said[part]) for part in clause.parts)


@pytest.mark.parametrize(("duty", "clause"), MUST, ids=named(MUST))
def test_what_must_stand_in_it_does(duty: Requirement, clause: Clause) -> None:
    said = parts(duty.template, {**samples(duty.template)[0], **clause.given})
    assert [part for part in clause.parts if not re.search(clause.pattern, said[part])] == []


@pytest.mark.parametrize(("duty", "clause"), MUST_NOT, ids=named(MUST_NOT))
def test_what_must_not_stand_in_it_does_not(duty: Requirement, clause: Clause) -> None:
    assert [(part, found[0]) for part, said in shown(duty, clause) if (found := re.search(clause.pattern, said))] == []


def test_every_template_has_its_duties_and_its_samples() -> None:
    there = {path.name.split(".")[0] for path in TEMPLATES.iterdir() if not path.name.startswith("_")}
    assert {duty.template for duty in REQUIREMENTS} == there == {*LONGEST, *FAMILY}
    assert all(duty.must and duty.must_not for duty in REQUIREMENTS)


def test_every_id_of_the_list_is_answered_one_way_or_the_other() -> None:
    by_template = {name for duty in REQUIREMENTS for name in duty.answers}
    assert by_template | set(NOT_TEMPLATED) == IDS
    assert by_template & set(NOT_TEMPLATED) == set()


def test_the_document_is_up_to_date() -> None:
    # Stale? python -m tests.documents.messages > docs/messages.md
    assert (ROOT / "docs" / "messages.md").read_text(encoding="utf-8") == document()


@pytest.mark.parametrize(("text", "encoding", "units"), [("a", "GSM-7", 1), ("€", "GSM-7", 2), ("ż", "UCS-2", 1)])
def test_a_text_is_measured_in_the_units_of_its_encoding(text: str, encoding: str, units: int) -> None:
    size = sms_size(text)
    assert (size.encoding, size.units, size.parts) == (encoding, units, 1)
