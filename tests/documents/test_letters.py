"""A letter says the same, whether its words were kept from another one or are made for it alone."""

from collections.abc import Mapping

import pytest

from notifications.catalogue.render import render
from notifications.message import Channel, Content
from tests.documents.samples import EMPTIEST, LINK, LONGEST

SETS_APART: list[Mapping[str, object]] = [
    {"plan": "P-1", "initials": "A.B.", "link": LINK},
    {"plan": "P-2", "initials": "Ö.", "link": f"{LINK}?a=1&b=2"},
    {"plan": "<b>&amp;'\"</b>", "initials": "<&>", "link": LINK},
    {"plan": "one that  is\tlonger than a line has room for " * 3, "initials": "A.B.", "link": LINK},
    {"plan": "P-1\n\nSubject: another", "initials": "A.B.", "link": LINK},
    {"plan": "\ue001", "initials": "A.B.", "link": LINK},
    {"plan": "P-1", "initials": "\ue000 and \ue002", "link": LINK},
    {"plan": "P-1", "initials": None, "link": LINK},
    {"plan": "P-1", "initials": "", "link": None},
    {"plan": None, "initials": None, "link": None},
]


def made_for_it_alone(template: str, values: Mapping[str, object]) -> Content:
    """The letter, with a value that nothing kept can be looked up by, and that no template asks for."""
    return render(template, Channel.EMAIL, {**values, "nobody_asks": object()})


def _of_one_plan(sample: Mapping[str, object], values: Mapping[str, object]) -> Mapping[str, object]:
    """The sample, the first item of each of its lists of the plan that the letter is about; the others of theirs."""
    return {
        name: [{**value[0], **values}, *value[1:]]
        if isinstance(value, list) and value and isinstance(value[0], dict)
        else value
        for name, value in sample.items()
    }


@pytest.mark.parametrize("template", sorted(LONGEST))
def test_a_letter_says_the_same_whether_its_words_are_kept_or_made(template: str) -> None:
    for sample in (LONGEST[template], EMPTIEST[template]):
        contexts = [{**_of_one_plan(sample, values), **values} for values in SETS_APART]
        kept = [render(template, Channel.EMAIL, context) for context in contexts]
        assert kept == [made_for_it_alone(template, context) for context in contexts]


def test_values_that_stand_in_a_list_are_never_anothers() -> None:
    sample = LONGEST["digest"]
    due = [[{**item, "plan": plan} for item in sample["due"]] for plan in ("P-7", "P-8", "\ue000")]  # type: ignore[attr-defined]
    contexts = [{**sample, "plan": "P-1", "initials": None, "link": LINK, "due": items} for items in due]
    letters = [render("digest", Channel.EMAIL, context) for context in contexts]
    assert letters == [made_for_it_alone("digest", context) for context in contexts]
    assert ["P-7" in letter.text for letter in letters] == [True, False, False]
