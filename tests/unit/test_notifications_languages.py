"""The language of a message: the recipient's, where somebody answers for the translation; else English."""

import shutil
from pathlib import Path

import pytest
import smsutil

from notifications.catalogue.languages import TEMPLATES, Why, wording
from notifications.catalogue.render import render
from notifications.message import Channel

FAMILY = ("check_in", "reply_call", "reply_stop")
VALUES = {"sender": "Sam", "plain": False}


@pytest.fixture
def checked(tmp_path: Path) -> Path:
    """Our templates, with the Polish ones answered for by somebody made up."""
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    for file in folder.glob("*.pl.*"):
        _, _, words = file.read_text().partition("\n")
        file.write_text("{# checked by: a translator in a test, on: 2026-11-02 #}\n" + words)
    return folder


@pytest.mark.parametrize("language", ["en", "en-GB", "EN"])
def test_english_is_what_was_wanted(language: str) -> None:
    assert wording("check_in", Channel.SMS, language).why is Why.WANTED


@pytest.mark.parametrize("language", ["ur", "cy", "", "../check_in", "x" * 60])
def test_without_a_translation_it_is_english(language: str) -> None:
    chosen = wording("check_in", Channel.SMS, language)
    assert (chosen.language, chosen.file, chosen.why) == ("en", "check_in.sms.txt", Why.NONE)


@pytest.mark.parametrize("template", FAMILY)
def test_what_nobody_has_checked_is_not_sent(template: str) -> None:
    assert wording(template, Channel.SMS, "pl").why is Why.UNCHECKED
    assert render(template, Channel.SMS, VALUES, "pl") == render(template, Channel.SMS, VALUES)


@pytest.mark.parametrize("template", FAMILY)
@pytest.mark.parametrize("language", ["pl", "pl-PL", "PL"])
def test_what_somebody_answers_for_is_sent(checked: Path, template: str, language: str) -> None:
    assert wording(template, Channel.SMS, language, checked).why is Why.WANTED
    assert render(template, Channel.SMS, VALUES, language, folder=checked) != render(template, Channel.SMS, VALUES)


@pytest.mark.parametrize(
    "line",
    ["", "{# checked by: nobody yet #}", "{# checked by: , on: 2026-11-02 #}", "{# checked by: A #}", "{# by: A #}",
     "{# checked by: A, on: soon #}"],
)  # fmt: skip
def test_a_line_that_does_not_say_who_and_when_is_no_check(tmp_path: Path, line: str) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    (folder / "check_in.pl.sms.txt").write_text(f"{line}\nHej. {{# checked by: A, on: 2026-11-02 #}}\n")
    assert wording("check_in", Channel.SMS, "pl", folder).why is Why.UNCHECKED


def test_a_checked_translation_of_the_language_goes_before_an_unchecked_one_of_the_region(checked: Path) -> None:
    (checked / "check_in.pl-pl.sms.txt").write_text("Hej.\n")
    assert wording("check_in", Channel.SMS, "pl-PL", checked).language == "pl"


@pytest.mark.parametrize("sender", [None, "Sam", "Żaneta", "Bartholomew-Maximilian O'Shaughnessy", "ж" * 60])
@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("code", [None, "FN"])
def test_the_polish_check_in_is_one_part_and_asks_the_same(
    checked: Path, sender: str | None, plain: bool, code: str | None
) -> None:
    values = {"sender": sender, "plain": plain, "reply_code": code}
    said = render("check_in", Channel.SMS, values, "pl", folder=checked).text
    assert (len(smsutil.split(said).parts), len(said) <= 70) == (1, True)
    assert f" {code or ''}1." in said
    assert f" {code or ''}2." in said
    assert ("999" in said) == plain
