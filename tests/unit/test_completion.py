"""Completion for shells: what the Tab key offers, asked as a shell asks."""

import pytest
from typer.testing import CliRunner

from cli.main import app


def offered(monkeypatch: pytest.MonkeyPatch, words: str) -> set[str]:
    """What bash is offered behind some words."""
    typed = words.split(" ")
    place = {"_PLANWATCH_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(typed) - 1)}
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    return set(CliRunner().invoke(app, [], prog_name="planwatch").output.split())


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        ("planwatch o", {"overdue"}),
        ("planwatch alert ", {"acknowledge"}),
        ("planwatch overdue --te", {"--team"}),
        ("planwatch policy ", {"check", "show", "coverage", "diff"}),
    ],
)
def test_tab_offers_commands_and_options(monkeypatch: pytest.MonkeyPatch, words: str, offers: set[str]) -> None:
    assert offered(monkeypatch, words) >= offers


def test_a_shell_is_shown_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # A run that a daemon began has no shell above it.
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))
    answer = CliRunner().invoke(app, ["--show-completion"], prog_name="planwatch")
    assert "_PLANWATCH_COMPLETE=complete_bash" in answer.output
