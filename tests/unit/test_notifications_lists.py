"""Lists in messages: short, plain about which of several, and different on the two occasions of a day."""

import pytest

from notifications.catalogue.render import render
from notifications.message import Channel
from service.domain.telling.contact import Reason
from tests.documents.samples import item, slip

SMS, EMAIL = Channel.SMS, Channel.EMAIL
PLAN = {"plan": "P-1", "initials": None, "link": None}


def body(template: str, **values: object) -> str:
    """An email's text on one line."""
    return " ".join(render(template, EMAIL, {**PLAN, **values}).text.split())


def test_items_that_differ_by_a_person_alone_are_one_line() -> None:
    signature = item(which=None, label="signature")
    said = body("digest", overdue=[], due=[signature, signature, item()], starts=[], date="Mon 21 Dec 2026")
    assert said.count("Signature") == 1
    assert "Signature × 2: due" in said
    assert said.count("Review of the plan") == 1


def test_of_a_plan_what_is_late_comes_first_and_what_starts_last() -> None:
    lists = {name: [item(label=name)] for name in ("starts", "due", "overdue")}
    said = body("digest", date="Mon 21 Dec 2026", **lists)
    assert "! Overdue" in said
    assert said.index("! Overdue") < said.index("- Due") < said.index("- To start: Starts")


def test_no_item_can_add_a_line() -> None:
    due = [item(label="visit\r\n\r\n--\r\nSent by\x85somebody else", which=None, owed_by=None)]
    words = {"overdue": [], "due": due, "starts": [], "date": "Mon 21 Dec 2026", "link": None}
    assert "  - Visit -- Sent by somebody else: due" in render("digest", EMAIL, words).text


@pytest.mark.parametrize("template", ["overdue", "escalation", "reminder"])
def test_of_many_items_the_guidance_stands_once(template: str) -> None:
    many = [item(which=f"act-{number}") for number in range(4)]
    said = body(template, items=many, chair=False)
    assert (said.count("Done when:"), said.count("Asked by"), said.count("What is asked")) == (4, 1, 0)
    few = body(template, items=many[:3], chair=False)
    assert (few.count("From:"), few.count("Asked by"), few.count("What is asked")) == (3, 0, 3)


@pytest.mark.parametrize("channel", [SMS, EMAIL])
def test_two_reminders_of_one_day_differ_in_words(channel: Channel) -> None:
    words = {**PLAN, "items": [item(label="initial meeting")], "chair": False}
    morning = render("reminder", channel, {**words, "afternoon": False})
    afternoon = render("reminder", channel, {**words, "afternoon": True})
    assert (morning.subject == afternoon.subject) is (channel is SMS)
    assert morning.text != afternoon.text
    assert "afternoon" in afternoon.text


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.OUTDATED])
def test_every_reason_for_which_a_text_is_held_back_is_a_sentence(reason: Reason) -> None:
    said = body("check_in_withheld", day="Mon 21 Dec 2026", reason=reason.value.replace("_", " "))
    assert "That is because" in said
    assert "a rule about contact stands against it" not in said


def test_what_is_wrong_with_several_events_is_said_once() -> None:
    events = [slip("opened_twice"), slip("date_unlikely"), slip("opened_twice", plan="P-2")]
    said = body("problems", items=events, date="Mon 21 Dec 2026")
    assert (said.count("already running"), said.count("Check the year")) == (1, 1)
    assert (said.count("family_contact.approved"), said.count("(P-2)")) == (3, 1)


@pytest.mark.parametrize(
    ("section", "cited"),
    [("7, Visits", "Guidance, section 7, Visits."), ("Appendix, the table", "Guidance, “Appendix, the table”.")],
)
def test_a_section_without_a_number_is_called_by_its_title(section: str, cited: str) -> None:
    source = f"Guidance, section {section}"
    assert f"From: {cited}" in body("overdue", items=[item("guidance", source=source)])


def test_sections_are_named_once_and_in_order() -> None:
    sections = ("Appendix", "8, Reviews; flowchart", "3, Routes; 8, Reviews", "10, Ends")
    due = [item("guidance", source=f"Guidance, section {section}", which=section) for section in sections]
    said = body("digest", overdue=[], due=due, starts=[], date="Mon 21 Dec 2026")
    assert "Asked by Guidance (sections: 3, Routes; 8, Reviews; 10, Ends; Appendix; flowchart)." in said
