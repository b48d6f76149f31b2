"""`planwatch policy` as it is typed: what it prints, and the status with which it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.policy import app
from tests import northmere
from tests.architecture.tree import ROOT
from tests.integration.service_process import Places


def planwatch(*words: object) -> Result:
    """Run a command to its end, in this process: it is made new for each."""
    return CliRunner().invoke(app, list(map(str, words)), prog_name="planwatch policy")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Northmere's policy, with its second version beside it."""
    return northmere.write(tmp_path, northmere.POLICY, northmere.SECOND)


def history(folder: Path) -> Path:
    """A file with a plan of Northmere's, one of another council's, and a line that is no event."""
    common = {"specversion": "1.0", "source": "/northmere/test", "time": "2026-11-02T10:00:00+00:00"}
    child = {"ref": "C-1", "initials": "A.B."}
    worker = {"name": "Somebody", "kind": "worker", "email": "w-sw@example.org"}
    northmeres, dudleys = (
        {"authority": name, "child": child, "route": "child_in_need"} for name in ("northmere", "dudley")
    )
    events: list[dict[str, object]] = [
        {"id": "1", "type": "person.recorded", "subject": "w-sw", "data": {"authority": "northmere"} | worker},
        {"id": "2", "type": "plan.opened", "subject": "P-1", "data": northmeres},
        {"id": "3", "type": "role.assigned", "subject": "P-1", "data": {"role": "social_worker", "person": "w-sw"}},
        {"id": "4", "type": "plan.agreed", "subject": "P-1", "data": {"on": "2026-11-02"}},
        {"id": "5", "type": "plan.opened", "subject": "P-2", "data": dudleys},
        {"id": "6", "type": "plan.agrede", "subject": "P-1", "data": {}},
    ]
    path = folder / "history.jsonl"
    path.write_text("".join(json.dumps(common | event) + "\n" for event in events), encoding="utf-8")
    return path


def test_a_sound_policy_passes_as_the_document_shows(policy: Path) -> None:
    done = planwatch("check", policy)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"    $ planwatch policy check {northmere.POLICY}\n    {done.stdout}" in northmere.text()


def test_warnings_name_file_line_and_field_and_end_with_0(policy: Path) -> None:
    policy.write_text(policy.read_text().replace("March 2029", "March 2020"), encoding="utf-8")
    done = planwatch("check", policy)
    line = next(number for number, text in enumerate(policy.read_text().splitlines(), 1) if "March 2020" in text)
    assert done.exit_code == 0
    assert done.stdout.startswith(
        f"northmere.yaml:{line}: warning: document.review_by: the document was to be reviewed by"
    )
    assert done.stdout.endswith("1 policy: no faults, 1 warning\n")


def test_a_warning_about_what_the_base_says_has_the_line_of_extends(policy: Path) -> None:
    policy.write_text(policy.read_text().replace("March 2029", "March 2020"), encoding="utf-8")
    assert planwatch("check", policy.parent / "northmere-2.yaml").stdout.startswith("northmere-2.yaml:1: warning: ")


def test_faults_name_file_line_and_field_and_end_with_1(policy: Path) -> None:
    policy.write_text(policy.read_text().replace("ladder: long", "ladder: lang"), encoding="utf-8")
    done = planwatch("check", policy)
    line = policy.read_text().splitlines().index("    ladder: lang") + 1
    assert done.exit_code == 1
    assert done.stdout.startswith(f"northmere.yaml:{line}: review.ladder: 'lang' is not one of short, ")


@pytest.mark.parametrize(("text", "told"), [("rules: [", "YAML: "), ("- 1\n", "file: must hold a policy")])
def test_what_is_no_policy_at_all_is_a_fault(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    done = planwatch("check", path)
    assert (done.exit_code, told in done.stdout) == (1, True)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = planwatch("check", tmp_path / "none.yaml")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (
        1,
        "none.yaml:1: file: cannot be read: No such file or directory",
    )


async def test_the_built_in_policies_have_no_fault(tmp_path: Path) -> None:
    status, out, errors = await Places(tmp_path).run("policy", "check")
    assert (status, errors) == (0, "")
    assert out.splitlines()[-1].startswith("6 policies: no faults")


def test_a_policy_is_shown_as_text_and_as_a_page(policy: Path) -> None:
    assert planwatch("show", policy).stdout.startswith("What planwatch does for Northmere\n")
    assert planwatch("show", policy, "--format", "html").stdout.startswith("<!doctype html>")


def test_a_built_in_authority_is_shown_by_its_name() -> None:
    done = planwatch("show", "wakefield", "--on", "2026-11-22")
    assert (done.exit_code, "\x1b" in done.stdout) == (0, False)
    assert done.stdout.startswith("What planwatch does for Wakefield\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show", "nowhere"], "neither a policy file (.yaml) nor one of bradford, "),
        (["show", "wakefield", "--on", "tomorrow"], "'tomorrow' is not a date; write it like 2026-11-30"),
        (["coverage", "--authority", "nowhere"], "'nowhere' has no coverage file"),
        (["diff", "wakefield", "wakefield"], "give the history to compare over: --events FILE..."),
        (["diff", "wakefield", "dudley", "--events", "none.jsonl"], "they have no history in common"),
        (["diff", "wakefield", "wakefield", "--events", "none.jsonl"], "none.jsonl: cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(words: list[str], told: str) -> None:
    done = planwatch(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("planwatch: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_coverage_has_no_gap_and_is_the_document() -> None:
    done = planwatch("coverage", "--format", "markdown")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")


def test_the_coverage_of_one_authority_names_no_other() -> None:
    done = planwatch("coverage", "--authority", "wakefield")
    assert (done.exit_code, done.stdout.count("WAK-"), "BRA-" in done.stdout) == (0, 22, False)


def test_two_versions_are_compared_over_files(policy: Path) -> None:
    second = policy.parent / "northmere-2.yaml"
    done = planwatch("diff", policy, second, "--events", history(policy.parent), "--until", "2026-12-31")
    assert done.exit_code == 0
    assert done.stdout.startswith("person  what ")
    assert "earlier  " in done.stdout


def test_what_is_no_event_is_left_out_and_named(policy: Path) -> None:
    second, events = policy.parent / "northmere-2.yaml", history(policy.parent)
    done = planwatch("diff", policy, second, "--events", events, "--until", "2026-12-31")
    assert done.stderr.startswith(f"{events}:6: type: ")
    assert done.stderr.endswith("1 line left out\n")


def test_several_files_may_follow_and_repeats_change_nothing(policy: Path) -> None:
    second, events = policy.parent / "northmere-2.yaml", history(policy.parent)
    until = ("--until", "2026-12-31", "--format", "jsonl")
    once = planwatch("diff", policy, second, "--events", events, *until).stdout
    assert planwatch("diff", policy, second, *until, "--events", events, events).stdout == once
    assert {json.loads(line)["record"] for line in once.splitlines()} == {"total", "change"}


@pytest.mark.parametrize("command", ["check", "show", "coverage", "diff", "trial"])
def test_help_shows_an_example(command: str) -> None:
    done = planwatch(command, "--help")
    assert (done.exit_code, f"Example: planwatch policy {command}" in " ".join(done.stdout.split())) == (0, True)
