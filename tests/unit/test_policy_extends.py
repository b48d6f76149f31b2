"""A policy that extends another says only what it changes, and is told its faults in its own lines."""

from pathlib import Path

import pytest

from service.files.extends import extended
from service.files.policy_files import PolicyFileError, line_in, load_policy, place_in
from service.files.policy_places import POLICIES
from service.files.taken_rules import ExtendsError
from tests import northmere

BASE = {
    "title": "Base",
    "document": {"title": "Guide", "issued": "2024"},
    "rules": [
        {"rule": "one", "due": {"every": "4 weeks"}, "source": {"section": "1", "basis": "guidance"}, "chair": {}},
        {"rule": "two", "due": {"within": "2 days"}},
    ],
}


def whole(**own: object) -> dict[str, object]:
    """What comes of extending the base above."""
    return extended({"extends": "base", **own}, lambda name: BASE)


def rule(name: str, data: dict[str, object]) -> dict[str, object]:
    """One rule of extended data."""
    rules = data["rules"]
    assert isinstance(rules, list)
    return next(one for one in rules if one["rule"] == name)


def faults(folder: Path, text: str) -> list[str]:
    """What is wrong with a file that stands beside Northmere's."""
    northmere.write(folder, northmere.POLICY)
    path = folder / "config" / "policies" / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyFileError) as error:
        load_policy(path)
    return [str(fault) for fault in error.value.faults]


def test_a_policy_that_extends_nothing_stays_as_it_is() -> None:
    assert extended(BASE, lambda name: {}) == BASE


def test_a_rule_keeps_the_fields_that_are_not_named() -> None:
    changed = rule("two", whole(rules=[{"rule": "two", "ladder": "short"}]))
    assert changed == {"rule": "two", "due": {"within": "2 days"}, "ladder": "short"}


def test_a_clock_is_replaced_whole() -> None:
    # Half of the old clock and half of the new one would make a third that nobody has meant.
    changed = rule("one", whole(rules=[{"rule": "one", "due": {"within": "3 weeks"}}]))
    assert changed["due"] == {"within": "3 weeks"}


def test_source_and_document_change_field_by_field() -> None:
    data = whole(document={"issued": "2026"}, rules=[{"rule": "one", "source": {"basis": "local_default"}}])
    assert data["document"] == {"title": "Guide", "issued": "2026"}
    assert rule("one", data)["source"] == {"section": "1", "basis": "local_default"}


def test_null_takes_a_field_away() -> None:
    assert "chair" not in rule("one", whole(rules=[{"rule": "one", "chair": None}]))


def test_rules_are_left_out_and_added() -> None:
    rules = whole(without=["one"], rules=[{"rule": "three"}])["rules"]
    assert isinstance(rules, list)
    assert [one["rule"] for one in rules] == ["two", "three"]


def test_the_base_itself_is_not_changed() -> None:
    whole(without=["one"], title="Own", rules=[{"rule": "two", "due": {}}])
    assert (BASE["title"], len(BASE["rules"])) == ("Base", 2)


@pytest.mark.parametrize(
    ("own", "where", "words"),
    [
        ({"without": ["nine"]}, ("without", 0), "no rule of 'base'"),
        ({"without": "one"}, ("without",), "list of names"),
        ({"rules": [{"kind": "review"}]}, ("rules", 0), "needs 'rule'"),
        ({"rules": [{"rule": "one"}, {"rule": "one"}]}, ("rules", 1), "second here"),
        ({"rules": "none"}, ("rules",), "must be a list"),
        ({"extends": 3}, ("extends",), "must name"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(own: dict[str, object], where: object, words: str) -> None:
    with pytest.raises(ExtendsError, match=words) as error:
        whole(**own)
    assert error.value.where == where


def test_without_needs_something_to_leave_out_of() -> None:
    with pytest.raises(ExtendsError, match="goes with 'extends'"):
        extended({"without": ["one"]}, lambda name: BASE)


def test_a_built_in_authority_can_be_extended(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("extends: dudley\nauthority: northmere\nwithout: [consult-hub]\n", encoding="utf-8")
    own, base = load_policy(path), load_policy(POLICIES / "dudley.yaml")
    assert (own.authority, len(own.rules)) == ("northmere", len(base.rules) - 1)


def test_a_fault_has_the_line_of_the_file_that_extends(tmp_path: Path) -> None:
    text = "extends: northmere.yaml\n\nrules:\n  - rule: visit\n    due: {evry: 3 weeks}\n"
    assert faults(tmp_path, text)[0].startswith("own.yaml:5: visit.due.evry: is not a word of the policy language")


def test_a_fault_that_comes_of_a_missing_base_stands_at_extends(tmp_path: Path) -> None:
    expected = "own.yaml:2: extends: 'nowhere' is neither a built-in policy nor a file beside this one"
    assert faults(tmp_path, "# Ours.\nextends: nowhere\n") == [expected]


def test_a_circle_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, "extends: own.yaml\n") == [
        "own.yaml:1: extends: 'own.yaml' is made from this policy itself"
    ]


def test_a_fault_of_the_base_is_told_with_the_bases_name(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("extends: nowhere\n", encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text("extends: base.yaml\n", encoding="utf-8")
    with pytest.raises(PolicyFileError, match=r"^base\.yaml:1: extends"):
        load_policy(path)


def test_a_place_of_the_whole_is_found_in_the_file_that_extends(tmp_path: Path) -> None:
    path = northmere.write(tmp_path, northmere.SECOND, northmere.POLICY)
    names = [rule.rule for rule in load_policy(path).rules]
    where = place_in(path, ("rules", names.index("review"), "due"))
    assert path.read_text(encoding="utf-8").splitlines()[line_in(path, where) - 1] == "    due: {every: 4 weeks}"


def test_a_place_that_the_base_wrote_stands_at_extends(tmp_path: Path) -> None:
    path = northmere.write(tmp_path, northmere.SECOND, northmere.POLICY)
    assert place_in(path, ("bottom_line", "alert")) == ("extends",)
    assert place_in(path, ("rules", 0, "due")) == ("extends",)
