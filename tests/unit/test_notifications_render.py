"""Every text that can be sent: with the longest values, with the emptiest, and without what must never stand in one."""

import html
import itertools
import re
from collections.abc import Mapping

import pytest
import smsutil

from notifications.catalogue.languages import TEMPLATES
from notifications.catalogue.render import TemplateFault, render
from notifications.message import Channel, Content
from tests.documents.fixed_words import fixed_words
from tests.documents.requirements import NEVER, NEVER_TO_A_FAMILY
from tests.documents.samples import EMPTIEST, FAMILY, LINK, LONG_PLAN, LONGEST, bottom_line, item

# Emails that speak of many plans name none in subject or text, and carry initials line by line.
OF_MANY_PLANS = frozenset({"address_refused", "digest", "overdue_list", "problems", "takeover"})


def email(name: str, values: Mapping[str, object], **common: object) -> Content:
    """An email of this template."""
    return render(name, Channel.EMAIL, {"plan": LONG_PLAN, "initials": "A.B.", "link": LINK, **values, **common})


def text(name: str, values: Mapping[str, object], **common: object) -> str:
    """A text message of this template."""
    return render(name, Channel.SMS, {"plan": LONG_PLAN, "initials": "A.B.", "link": LINK, **values, **common}).text


def words(page: str) -> list[str]:
    """The words of a page of HTML that a reader sees."""
    body = page.partition("<body")[2].partition(">")[2]
    return html.unescape(re.sub(r"<[^>]+>", " ", body)).casefold().split()


def test_every_template_is_tried_here() -> None:
    there = {path.name.split(".")[0] for path in TEMPLATES.iterdir() if not path.name.startswith("_")}
    assert set(LONGEST) == set(EMPTIEST)
    assert there == set(LONGEST) | set(FAMILY)
    assert {path.name.split(".")[0] for path in TEMPLATES.glob("*.sms.txt")} == there


@pytest.mark.parametrize("name", LONGEST)
@pytest.mark.parametrize("which", [LONGEST, EMPTIEST])
def test_an_email_has_a_subject_of_one_line_and_a_text_that_can_be_read(
    name: str, which: Mapping[str, Mapping[str, object]]
) -> None:
    content = email(name, which[name])
    assert content.subject is not None
    assert 10 < len(content.subject) < 100
    assert content.subject == " ".join(content.subject.split())
    assert all(len(line) <= 76 and line == line.rstrip() for line in content.text.splitlines())
    assert "\n\n\n" not in content.text


@pytest.mark.parametrize("name", LONGEST)
@pytest.mark.parametrize("which", [LONGEST, EMPTIEST])
def test_the_html_says_what_the_text_says(name: str, which: Mapping[str, Mapping[str, object]]) -> None:
    content = email(name, which[name], may_repeat_of="14:02")
    marks = {LINK, "--", "!", "-"}  # what colours and lines say in HTML
    said = [word.rstrip(":") for word in content.text.casefold().split() if word not in marks]
    assert [word.rstrip(":") for word in words(str(content.html))] == said


@pytest.mark.parametrize("name", [name for name in LONGEST if name not in {*OF_MANY_PLANS, "operations"}])
def test_the_plan_is_named_and_initials_stand_in_the_body_alone(name: str) -> None:
    content = email(name, LONGEST[name])
    assert LONG_PLAN in str(content.subject)
    assert "A.B." not in str(content.subject)
    assert LONG_PLAN in content.text


@pytest.mark.parametrize("name", LONGEST)
def test_every_email_says_which_council_sends_it_and_whom_to_ask(name: str) -> None:
    content = email(name, LONGEST[name], council="Northmere Council", help_line="01632 960 300, 9 to 5")
    for part in (content.text, " ".join(str(content.html).split())):
        foot = part.partition("Sent by planwatch")[2]
        assert "for Northmere Council" in foot
        assert "01632 960 300" in foot


@pytest.mark.parametrize("name", sorted(OF_MANY_PLANS))
def test_an_email_of_many_plans_says_the_same_whether_or_not_it_is_about_one(name: str) -> None:
    assert email(name, LONGEST[name], plan=None) == email(name, LONGEST[name])


def test_an_alert_that_is_repeated_says_which_it_is_and_how_long_since_the_first() -> None:
    once, again = (email("bottom_line", bottom_line(times=times, minutes=30 * times - 30)) for times in (1, 3))
    assert "alert number" not in once.text
    assert "This is alert number 3. It is 1 h since the first" in " ".join(again.text.split())
    assert (once.subject, once.html) != (again.subject, again.html)


@pytest.mark.parametrize("name", FAMILY)
def test_a_family_text_gives_nothing_away_and_is_one_part(name: str) -> None:
    for values in FAMILY[name]:
        said = render(name, Channel.SMS, values).text
        assert len(smsutil.split(said).parts) == 1
        told = set(re.findall(r"[\w']+", said.casefold()))
        assert told.isdisjoint(NEVER_TO_A_FAMILY)
        assert set(re.findall(r"\d+", said)) <= {"1", "2", "999"}


@pytest.mark.parametrize("name", [name for name in LONGEST if name not in {*OF_MANY_PLANS, "fallback"}])
def test_partners_get_no_initials(name: str) -> None:
    values = dict(LONGEST[name])
    if "items" in values:
        values["items"] = [item(initials=None)]
    content = email(name, values, initials=None)
    assert "A.B." not in content.text
    assert "()" not in content.text
    assert "None" not in content.text + str(content.html) + str(content.subject)


@pytest.mark.parametrize("name", LONGEST)
def test_without_a_public_address_there_is_no_link(name: str) -> None:
    content = email(name, LONGEST[name], link=None)
    assert "http" not in content.text
    assert "<a " not in str(content.html)


@pytest.mark.parametrize("name", LONGEST)
@pytest.mark.parametrize("which", [LONGEST, EMPTIEST])
def test_nothing_stands_in_an_email_that_must_not(name: str, which: Mapping[str, Mapping[str, object]]) -> None:
    content = email(name, which[name])
    said = f"{content.subject} {content.text} {' '.join(words(str(content.html)))}".casefold()
    assert [word for word in NEVER if re.search(rf"\b{word}\b", said)] == []
    assert re.search(r"<(img|script|link|iframe)\b", str(content.html)) is None


def test_our_own_clock_is_never_passed_off_as_the_guidances() -> None:
    content = email("overdue", {"items": [item("local_default")]})
    assert "our own clock; the guidance gives none" in " ".join(content.text.split())
    content = email("overdue", {"items": [item("guidance")]})
    assert "our" not in content.text.split()
    assert "My Safety Plan guidance, section 8, My Safety Plan Reviews" in " ".join(content.text.split())


@pytest.mark.parametrize("name", [name for name in LONGEST if name not in {*OF_MANY_PLANS, "operations"}])
@pytest.mark.parametrize("repeat", [None, "14:02 on Fri 18 Dec 2026"])
def test_a_text_is_one_part_and_names_the_plan_alone(name: str, repeat: str | None) -> None:
    for values in (LONGEST[name], EMPTIEST[name]):
        said = text(name, values, may_repeat_of=repeat)
        parts = smsutil.split(said)
        assert (len(parts.parts), parts.encoding) == (1, "gsm0338")
        assert LONG_PLAN in said
        assert "A.B." not in said
        assert "http" not in said


@pytest.mark.parametrize("plan", ["P-1001", LONG_PLAN, "[{~}]" * 4 + "[{~}", "Zażółć gęślą jaźń 12345", "П" * 24])
def test_an_alert_is_one_part_in_every_case_and_holds_what_it_must(plan: str) -> None:
    rungs = ("named", "on_call_manager", "head_of_service")
    for duty, late, rung, repeat in itertools.product((True, False), (True, False), rungs, (None, "14:02")):
        said = text("bottom_line", bottom_line(duty=duty, late=late, rung=rung), plan=plan, may_repeat_of=repeat)
        assert len(smsutil.split(said).parts) == 1
        assert "26 Dec 23:40" in said
        assert "Reply 482913 to acknowledge" in said
        assert ("ell" in said and "service manager" in said) or not duty
        assert "47 h 59 min" in said


def usual(rung: str, late: bool) -> dict[str, object]:
    """The alert as it is told most often: at first to those who are named, half an hour later to the next."""
    waiting = ["hub service manager"] if rung != "named" else []
    return bottom_line(
        duty=rung == "named", late=late, rung=rung, minutes=30, times=1, awaited=False, vacant=[], waiting_for=waiting
    )


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("rung", ["named", "on_call_manager"])
def test_for_a_usual_reference_the_alert_says_all_of_it_in_full(late: bool, rung: str) -> None:
    said = text("bottom_line", usual(rung, late), plan="P-1001")
    assert ("must tell the hub's service manager" in said) == (rung == "named")
    assert ("late" in said) == late
    assert ("not acknowledged" in said.casefold()) == (rung != "named")
    assert "Reply 482913 to acknowledge" in said


@pytest.mark.parametrize("name", LONGEST)
def test_what_may_be_a_repeat_says_so(name: str) -> None:
    assert "may repeat a message of 14:02" in email(name, LONGEST[name], may_repeat_of="14:02").text
    assert "may repeat" not in email(name, LONGEST[name]).text


@pytest.mark.parametrize("name", LONGEST)
def test_a_text_that_may_be_a_repeat_says_so(name: str) -> None:
    assert "May repeat" in text(name, EMPTIEST[name], plan="P-1001", may_repeat_of="14:02")
    assert "May repeat" not in text(name, EMPTIEST[name], plan="P-1001")


@pytest.mark.parametrize("what", ["missed", "call", "read"])
def test_word_of_a_check_in_says_which_it_is_in_one_part(what: str) -> None:
    said = text("check_in_alert", {"what": what, "when": "Sat 26 Dec 2026 23:40"}, may_repeat_of="14:02 on 26 Dec")
    assert len(smsutil.split(said).parts) == 1
    assert {"missed": "unanswered", "call": "call", "read": "read"}[what] in said


def test_what_stands_in_a_context_cannot_become_markup_or_a_line() -> None:
    content = email("plan_ended", LONGEST["plan_ended"], plan="<b>P</b>\r\nBcc: x@example.org")
    assert "<b>" not in str(content.html)
    assert "\n" not in str(content.subject)


def test_a_missing_variable_is_named_with_its_template() -> None:
    with pytest.raises(TemplateFault, match=r"reminder\.\w+\.?\w*: .*'chair'"):
        render("reminder", Channel.EMAIL, {"plan": "P-1", "initials": None, "link": None, "items": [item()]})


def test_a_missing_part_of_an_item_is_named_too() -> None:
    lacking = {name: value for name, value in item().items() if name != "act_by"}
    with pytest.raises(TemplateFault, match=r"digest\.txt: .*act_by"):
        email("digest", {**LONGEST["digest"], "due": [lacking]})


def test_a_value_of_the_wrong_shape_is_a_fault_of_the_template_too() -> None:
    with pytest.raises(TemplateFault, match=r"digest\.txt: a value in the context has the wrong shape"):
        email("digest", {**LONGEST["digest"], "due": [item(source=["only a document"])]})


def test_a_missing_template_is_named() -> None:
    with pytest.raises(TemplateFault, match=r"template no_such_thing\.sms\.txt: there is no file"):
        render("no_such_thing", Channel.SMS, {})


def test_a_text_of_two_parts_is_refused() -> None:
    with pytest.raises(TemplateFault, match="one part"):
        text("fallback", {"urgent": True}, plan="P" * 161)


def test_a_language_without_files_of_its_own_gets_english() -> None:
    values = {"plan": "P-1001", "initials": None, "link": None, **LONGEST["plan_ended"]}
    assert render("plan_ended", Channel.EMAIL, values, "pl-PL") == render("plan_ended", Channel.EMAIL, values)


@pytest.mark.parametrize("code", fixed_words("operations"))
def test_each_word_to_the_owner_fits_and_holds_nothing_that_must_not(code: str) -> None:
    values = {"code": code, "figures": [["since", "2026-12-26 23:40"]], "urgent": True}
    content = email("operations", values)
    assert 10 < len(str(content.subject)) < 100
    said = text("operations", values, may_repeat_of="14:02")
    assert (len(smsutil.split(said).parts), smsutil.split(said).encoding) == (1, "gsm0338")
    shown = f"{content.subject} {content.text}".casefold()
    assert [word for word in NEVER if re.search(rf"\b{word}\b", shown)] == []
