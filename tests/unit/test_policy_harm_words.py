"""No word that names a harm comes from a policy into a message: `policy check` refuses it, with its place."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.policy import app
from service.domain.harm_words import named_harms
from service.files.policy_files import load_policies
from tests import northmere


def refused(folder: Path, **changes: Any) -> list[str]:
    """What is refused in Northmere's policy with something changed."""
    return [f"{one.field}: {one.detail}" for one in named_harms(northmere.changed(folder, **changes))]


def test_no_built_in_policy_names_a_harm() -> None:
    book = load_policies()
    policies = [policy for name in book.authorities for policy in book.versions(name)]
    assert [(policy.authority, one.field) for policy in policies for one in named_harms(policy)] == []


@pytest.mark.parametrize(
    "words",
    [
        "the Exploitation indicator tool", "9, harmful sexual behaviour", "Domestic Abuse", "neglect", "self-harm",
        "honour-based violence", "forced marriage", "gangs and county lines", "drugs", "suicidal", "victims",
    ],
)  # fmt: skip
def test_a_document_whose_title_names_a_harm_is_refused(words: str, tmp_path: Path) -> None:
    (line,) = refused(tmp_path, document={"title": f"Guidance on {words}"})
    assert line.startswith("document.title: ")


@pytest.mark.parametrize("words", ["in harmony", "skills", "a young offenders' team", "risk of an incident", "Essex"])
def test_words_that_look_like_one_are_none(words: str, tmp_path: Path) -> None:
    assert refused(tmp_path, document={"title": f"Guidance, {words}"}) == []


@pytest.mark.parametrize("field", ["label", "asks", "done_when", "section"])
def test_each_field_that_comes_into_an_email_is_looked_at_and_told_with_its_line(field: str, tmp_path: Path) -> None:
    path = northmere.write(tmp_path, northmere.POLICY)
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines) if f"{field}: " in line)
    lines[number] = re.sub(rf'({field}: "?)', r"\1Abuse ", lines[number])
    path.write_text("\n".join(lines), encoding="utf-8")
    outcome = CliRunner().invoke(app, ["check", str(path)])
    assert outcome.exit_code == 1
    assert re.search(rf"northmere.yaml:{number + 1}: [\w.-]+{field}: 'Abuse' names a harm", outcome.stdout)
