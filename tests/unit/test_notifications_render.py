"""Every text that can be sent: with the longest values, with the emptiest, and without what must never stand in one."""

import html
import itertools
import re
from collections.abc import Mapping

import pytest
import smsutil

from notifications.message import Channel, Content
from notifications.render import TEMPLATES, TemplateFault, render

LONG_PLAN = "P-2026/DUDLEY-123456-ABC"  # 24 letters, the longest there are
LINK = "https://plans.example.org/sign-in"
NEVER = [
    # A name, an address, a harm: nothing that a template could have put there by itself.
    "child", "mother", "father", "abuse", "violence", "harm", "exploitation", "school", "street", "gang", "drug",
    "blame", "fail", "must have", "you should have", "breach",
]  # fmt: skip


def item(basis: str = "local_default", **changed: object) -> dict[str, object]:
    """Something that is owed."""
    return {
        "plan": LONG_PLAN,
        "initials": "A.B.",
        "label": "review of the plan after a change in the circumstances of the family",
        "due": "Sat 19 Dec 2026",
        "act_by": "Fri 18 Dec 2026",
        "days_over": 112,
        "basis": basis,
        "source": ["My Safety Plan guidance", "8, My Safety Plan Reviews"],
        "done_when": "A review meeting was held and the plan was looked at in it.",
        "asks": "The first review is held within three months of the initial meeting.",
    } | changed


def bottom_line(**changed: object) -> dict[str, object]:
    """A bottom line at its longest."""
    return {
        "crossed_at": "26 Dec 23:40",
        "duty": True,
        "code": "4821",
        "minutes": 1440,
        "rung": "head_of_service",
        "late": True,
        "waiting_for": ["team manager", "hub service manager", "on-call manager"],
    } | changed


ITEMS = [item(), item("reading"), item("guidance")]
LONGEST: Mapping[str, Mapping[str, object]] = {
    "digest": {"overdue": ITEMS * 9, "due": ITEMS, "starts": ITEMS, "date": "Mon 21 Dec 2026"},
    "reminder": {"items": ITEMS, "chair": True},
    "overdue": {"items": ITEMS},
    "escalation": {"items": ITEMS},
    "bottom_line": bottom_line(),
    "plan_ended": {"ended": "Fri 18 Dec 2026", "cancelled": 23},
    "date_moved": {"old": "Fri 18 Dec 2026", "new": "Mon 4 Jan 2027", "kept": True, "move": 12},
    "role_vacant": {"role": "hub service manager"},
    "undeliverable": {"role": "hub service manager", "channel": "sms", "outcome": "refused"},
    "fallback": {"urgent": True},
    "check_in_alert": {"what": "missed", "when": "Sat 26 Dec 2026 23:40"},
    "check_in_missed": {"asked_at": "Sat 26 Dec 2026 18:00"},
    "check_in_stopped": {},
    "check_in_withheld": {"day": "Sat 26 Dec 2026", "reason": "no contact decision"},
    "check_ins_may_end": {},
    "attendance_missed": {"label": "network meeting", "running": 12},
    "translation_unchecked": {},
}
EMPTIEST: Mapping[str, Mapping[str, object]] = {
    "digest": {"overdue": [], "due": [], "starts": [], "date": "Mon 21 Dec 2026"},
    "reminder": {"items": [item(label="")], "chair": False},
    "overdue": {"items": [item(days_over=0, label="")]},
    "escalation": {"items": [item(days_over=0, label="")]},
    "bottom_line": bottom_line(duty=False, minutes=0, rung="named", late=False, waiting_for=[]),
    "plan_ended": {"ended": "Fri 18 Dec 2026", "cancelled": 0},
    "date_moved": {"old": "Fri 18 Dec 2026", "new": "Mon 4 Jan 2027", "kept": False, "move": 1},
    "role_vacant": {"role": ""},
    "undeliverable": {"role": "", "channel": "email", "outcome": "unknown"},
    "fallback": {"urgent": False},
    "check_in_alert": {"what": "call", "when": ""},
    "check_in_missed": {"asked_at": ""},
    "check_in_stopped": {},
    "check_in_withheld": {"day": "", "reason": ""},
    "check_ins_may_end": {},
    "attendance_missed": {"label": "", "running": 2},
    "translation_unchecked": {},
}
# What may go to a family: a name that was agreed, and nothing else that varies.
FAMILY: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "check_in": (
        {"sender": "Bartholomew-Maximilian O'Shaughnessy", "plain": True},
        {"sender": "Żaneta", "plain": False},
        {"sender": None, "plain": False},
    ),
    "reply_call": ({},),
    "reply_stop": ({},),
}
NEVER_TO_A_FAMILY = [
    *NEVER, "council", "service", "worker", "social", "safe", "safety", "plan", "planwatch", "visit", "meeting",
    "check", "kid", "kids", "son", "daughter", "home", "house", "police", "team", "hub", "http", "www",
    "stop", "start", "yes",
]  # fmt: skip


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
    said = [word.rstrip(":") for word in content.text.casefold().split() if word not in {LINK, "--"}]
    assert [word.rstrip(":") for word in words(str(content.html))] == said


@pytest.mark.parametrize("name", [name for name in LONGEST if name != "digest"])
def test_the_plan_is_named_and_initials_stand_in_the_body_alone(name: str) -> None:
    content = email(name, LONGEST[name])
    assert LONG_PLAN in str(content.subject)
    assert "A.B." not in str(content.subject)
    assert LONG_PLAN in content.text


@pytest.mark.parametrize("name", FAMILY)
def test_a_family_text_gives_nothing_away_and_is_one_part(name: str) -> None:
    for values in FAMILY[name]:
        said = render(name, Channel.SMS, values).text
        assert len(smsutil.split(said).parts) == 1
        told = set(re.findall(r"[\w']+", said.casefold()))
        assert told.isdisjoint(NEVER_TO_A_FAMILY)
        assert set(re.findall(r"\d+", said)) <= {"1", "2", "999"}


@pytest.mark.parametrize("name", [name for name in LONGEST if name not in {"digest", "fallback"}])
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


@pytest.mark.parametrize("name", [name for name in LONGEST if name != "digest"])
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
        assert "Reply 4821 to confirm" in said
        assert ("ell" in said and "service manager" in said) or not duty
        assert re.search(r"1440 min", said) or rung == "named"


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("rung", ["named", "on_call_manager"])
def test_for_a_usual_reference_the_alert_says_all_of_it_in_full(late: bool, rung: str) -> None:
    said = text("bottom_line", bottom_line(duty=rung == "named", late=late, rung=rung, minutes=30), plan="P-1001")
    assert ("must tell the hub's service manager" in said) == (rung == "named")
    assert ("late" in said) == late
    assert ("not confirmed" in said.casefold()) == (rung != "named")
    assert "Reply 4821 to confirm that you have this." in said


@pytest.mark.parametrize("name", LONGEST)
def test_what_may_be_a_repeat_says_so(name: str) -> None:
    assert "may repeat a message of 14:02" in email(name, LONGEST[name], may_repeat_of="14:02").text
    assert "may repeat" not in email(name, LONGEST[name]).text


@pytest.mark.parametrize("name", [name for name in LONGEST if name != "fallback"])
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
    lacking = {name: value for name, value in item().items() if name != "done_when"}
    with pytest.raises(TemplateFault, match=r"digest\.txt: .*done_when"):
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
