"""Faults in policy files are told with file, line and what was expected."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.files import policy_yaml
from service.files.policy_files import PolicyFault, PolicyFileError, load_policies, load_policy
from service.files.policy_places import POLICIES
from service.files.policy_yaml import UnfitYamlError, parsed

GOOD = """\
authority: dudley
title: An invented policy
document: {title: Guidance, file: x.txt, issued: none stated, review_by: none stated}
version: 1
in_force_from: 2020-01-01
bottom_line:
  alert: [team_manager]
rules:
  - rule: hub
    kind: consult_hub
    label: consultation
    asks: The worker asks.
    done_when: It is recorded.
    source: {section: "6", answers: [DUD-10], basis: guidance}
    opens: {when: screening.completed}
    due: {within: 1 working day}
    met: {when: hub.consulted}
    owed_by: social_worker
    ladder: short
"""


def faults(folder: Path, text: str | bytes) -> tuple[PolicyFault, ...]:
    path = folder / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PolicyFileError) as caught:
        load_policy(path)
    assert all(fault.file == "x.yaml" and str(fault).startswith("x.yaml:") for fault in caught.value.faults)
    return caught.value.faults


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_policy_that_is_spoilt_below_is_good(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(GOOD)
    assert load_policy(tmp_path / "x.yaml").authority == "dudley"


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("    ladder: short", "    laddder: short", "word"),
        ("ladder: short", "ladder: tall", "one of short"),
        ("kind: consult_hub", "kind: drink_tea", "consult_hub"),
        ("basis: guidance", "basis: folklore", "one of guidance"),
        ("when: screening.completed", "when: screening.finished", "type of event"),
        ("{when: hub.consulted}", "{when: hub.consulted, where: {colour: red}}", "has no field 'colour'"),
        ("{when: hub.consulted}", "{when: hub.consulted, has: [colour]}", "has no field 'colour'"),
        ("within: 1 working day", "within: a fortnight", "10 working days"),
        ("within: 1 working day", "within: 0 working days", "10 working days"),
        ("due: {within: 1 working day}", "due: {within: 1 working day, same_day: true}", "exactly one clock"),
        ("due: {within: 1 working day}", "due: {}", "exactly one clock"),
        ("owed_by: social_worker", "owed_by: caretaker", "social_worker"),
        ("alert: [team_manager]", "alert: []", "at least one"),
        ("alert: [team_manager]", "alert: [caretaker]", "team_manager"),
        ("version: 1", "version: none", "whole number"),
        ("in_force_from: 2020-01-01", "in_force_from: soon", "2026-11-30"),
    ],
)
def test_a_fault_names_its_line_and_what_is_expected(tmp_path: Path, right: str, wrong: str, expected: str) -> None:
    text = GOOD.replace(right, wrong)
    found = faults(tmp_path, text)
    assert line_of(text, wrong.strip()) in {fault.line for fault in found}
    assert any(expected in fault.detail for fault in found)


@pytest.mark.parametrize("field", ["title", "version", "bottom_line", "document"])
def test_a_missing_field_is_named(tmp_path: Path, field: str) -> None:
    text = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(f"{field}:"))
    text = text.replace("  alert: [team_manager]\n", "") if field == "bottom_line" else text
    assert field in {fault.field for fault in faults(tmp_path, text)}


@pytest.mark.parametrize("field", ["kind", "asks", "done_when", "source", "due", "met", "owed_by"])
def test_a_field_missing_in_a_rule_is_told_with_the_rules_line(tmp_path: Path, field: str) -> None:
    text = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(f"    {field}:"))
    (fault,) = faults(tmp_path, text)
    assert fault.field.endswith(field)
    assert fault.line == line_of(text, "- rule: hub")


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    rule = GOOD[GOOD.index("  - rule: hub") :]
    assert any("'hub'" in fault.detail for fault in faults(tmp_path, GOOD + rule))


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD.replace("ladder: short", "ladder: tall").replace("kind: consult_hub", "kind: tea"))
    assert len({fault.line for fault in found}) == 2


@pytest.mark.parametrize("text", [": : :\n  - [", "a: [1\nb: 2\n", "a: 'open\n"])
def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert (fault.line >= 1, fault.detail != "") == (True, True)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)[0].line == 1


def test_what_is_no_utf8_is_refused(tmp_path: Path) -> None:
    assert "UTF-8" in faults(tmp_path, "title: Überblick\n".encode("latin-1"))[0].detail


def test_no_code_hides_in_a_policy(tmp_path: Path) -> None:
    assert faults(tmp_path, "!!python/object/apply:os.system ['true']\n")


def test_a_policy_is_read_as_any_reader_of_yaml_would() -> None:
    paths = sorted(POLICIES.rglob("*.yaml"))
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert parsed(text)[1] == policy_yaml._PlainLoader(text).get_single_data(), path.name


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("a: !!set {b, c}\n", "leave out tag:yaml.org,2002:set"),
        ("? [a, b]\n: c\n", "write a text"),
        ("a: &a [*a]\n", "has an alias"),
        ("a: &a {b: {c: *a}}\n", "has an alias"),
        (
            "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]),
            "too many",
        ),
    ],
)
def test_yaml_that_no_policy_needs_is_refused_with_its_reason(text: str, detail: str) -> None:
    with pytest.raises(UnfitYamlError, match=re.escape(detail)):
        parsed(text)


def test_what_an_alias_names_is_the_same_again() -> None:
    assert parsed("a: &a {b: [1, true, off]}\nc: *a\nd: {<<: *a, e: 2}\n")[1] == {
        "a": {"b": [1, True, "off"]}, "c": {"b": [1, True, "off"]}, "d": {"b": [1, True, "off"], "e": 2},
    }  # fmt: skip


def test_the_faults_of_all_files_of_a_folder_are_told_together(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD.replace("ladder: short", "ladder: tall"))
    with pytest.raises(PolicyFileError) as caught:
        load_policies(tmp_path)
    assert {fault.file for fault in caught.value.faults} == {"a.yaml", "b.yaml"}


def test_the_policies_that_come_with_it_are_good() -> None:
    assert "dudley" in load_policies().authorities
    assert POLICIES.is_dir()


def test_the_guidances_numbers_stand_in_dudleys_policy() -> None:
    policy = load_policies().in_force("dudley", load_policies().versions("dudley")[0].in_force_from)
    basis = {rule.kind: rule.source.basis for rule in policy.rules}
    guidance = {
        "initial_meeting",
        "review",
        "progress_check",
        "visit_social_worker",
        "visit_key_professional",
        "action",
    }
    assert {kind for kind, said in basis.items() if said == "guidance"} - {"initial_meeting"} == guidance - {
        "initial_meeting"
    }


@pytest.mark.parametrize(
    ("mistake", "fault"),
    [
        (
            ("in_force_from: 2024-06-01", "in_force_from: June 2024"),
            "in_force_from: is not a date; write it",
        ),
        (("owed_by: social_worker", "owed_by: social worker"), "did you mean social_worker?"),
        (("label: review of the plan\n", "label: 28\n"), "label: must be text; put it in quotes, as in '28'"),
        (("version: 1\n", "version: one\n"), "version: must be a whole number, without quotes"),
        (
            ("ladder: long", "ladder: lng"),
            "'lng' is not one of short, standard, long,",
        ),
        (
            ("title: Wakefield\n", "title: Wakefield\ntitle: Leeds\n"),
            "is given twice; the first stands in line 3",
        ),
        (("answers: [WAK-08, WAK-09]", "answers: WAK-08"), "answers: must be a list; write it in brackets"),
        (
            ("opens: {when: action.agreed, about: ref}", "opens: action.agreed"),
            "must have fields of its own, in braces or",
        ),
    ],
)
def test_a_mistake_is_told_in_the_words_of_whoever_writes_policies(
    tmp_path: Path, mistake: tuple[str, str], fault: str
) -> None:
    file = tmp_path / "wakefield.yaml"
    text = (POLICIES / "wakefield.yaml").read_text()
    assert mistake[0] in text
    file.write_text(text.replace(*mistake, 1))
    with pytest.raises(PolicyFileError) as caught:
        load_policy(file)
    (told,) = caught.value.faults
    assert fault in str(told)
    assert told.line > 1


def test_a_policy_without_rules_tells_nobody_and_is_refused(tmp_path: Path) -> None:
    head, _, _ = (POLICIES / "wakefield.yaml").read_text().partition("\nrules:")
    file = tmp_path / "wakefield.yaml"
    file.write_text(f"{head}\nrules: []\n")
    with pytest.raises(PolicyFileError, match="rules: is empty; give at least one"):
        load_policy(file)
