"""A policy that takes rules by name from others: the law, a region's procedures, another council."""

from pathlib import Path

import pytest

from service.files.extends import extended
from service.files.policy_files import PolicyFileError, line_in, load_policy, place_in
from service.files.taken_rules import ExtendsError
from tests import northmere

EDITIONS = [{"title": "Working Together", "edition": "2026"}]
LAW: dict[str, object] = {
    "kinds": {"core_group": "a core group", "visit": "a visit"},
    "milestones": {"core_group": {"label": "core group"}, "order_made": {"label": "order"}},
    "rests_on": EDITIONS,
    "ladders": {"soon": {"late": [{"at": "once", "to": ["lead_practitioner"]}]}},
    "roles": {"lead_practitioner": "one", "reader": "one"},
    "rules": [
        {"rule": "core-group", "kind": "core_group", "met": {"where": {"milestone": "core_group"}}, "ladder": "soon"},
        {"rule": "visit", "kind": "visit"},
    ],
}
REGION: dict[str, object] = {"rules": [{"rule": "visit", "kind": "visit_social_worker"}, {"rule": "supervision"}]}
CITING = {"rule": "citing", "source": {"document": "Regulations", "section": "1"}}
SHARED = northmere.example(northmere.POLICY).replace("authority: northmere", "authority: region")
OWN = """\
authority: westmere
title: Westmere
document: {title: Own guide, file: westmere.txt, issued: March 2026, review_by: none stated}
version: 1
in_force_from: 2026-03-01
bottom_line: {alert: [social_worker, team_manager]}
rules_from:
  region:
    - visit
    - review
"""


def whole(**own: object) -> dict[str, object]:
    """What comes of a file with these words, where there are the law and a region."""
    return extended(own, lambda name: {"law": LAW, "region": REGION}[name])


def names(data: dict[str, object]) -> list[str]:
    """The rules of a whole policy, by name."""
    rules = data["rules"]
    assert isinstance(rules, list)
    return [rule["rule"] for rule in rules]


def written(folder: Path, text: str) -> Path:
    """A policy of Westmere's, beside a folder with the region's shared rules."""
    (folder / "shared").mkdir()
    (folder / "shared" / "region.yaml").write_text(SHARED, encoding="utf-8")
    path = folder / "westmere.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    """What is wrong with a policy of Westmere's."""
    with pytest.raises(PolicyFileError) as error:
        load_policy(written(folder, text))
    return [str(fault) for fault in error.value.faults]


def test_the_rules_that_are_named_are_taken_and_no_others() -> None:
    assert names(whole(rules_from={"law": ["core-group"], "region": ["supervision"]})) == ["core-group", "supervision"]


def test_all_of_them_are_taken_less_those_left_out() -> None:
    assert names(whole(rules_from={"law": "all"}, without=["visit"])) == ["core-group"]


def test_own_rules_change_those_that_are_taken_or_stand_beside_them() -> None:
    data = whole(rules_from={"law": ["visit"]}, rules=[{"rule": "visit", "ladder": "long"}, {"rule": "own"}])
    assert data["rules"] == [{"rule": "visit", "kind": "visit", "ladder": "long"}, {"rule": "own"}]


def test_what_a_taken_rule_names_comes_along_and_nothing_else() -> None:
    data = whole(rules_from={"law": ["core-group"]}, kinds={"core_group": "our core group"})
    assert data["kinds"] == {"core_group": "our core group"}
    assert data["milestones"] == {"core_group": {"label": "core group"}}
    assert data["ladders"] == LAW["ladders"]
    # The ladder tells this role; no rule names the other.
    assert data["roles"] == {"lead_practitioner": "one"}


def test_a_taken_rule_cites_the_document_of_its_source() -> None:
    law = {"document": {"title": "The Act"}, "rules": [{"rule": "own", "source": {"section": "47"}}, CITING]}
    data = extended({"rules_from": {"law": "all"}}, lambda name: law)
    assert data["rules"] == [{"rule": "own", "source": {"section": "47", "document": "The Act"}}, CITING]


def test_the_editions_of_the_source_are_read_again_here_too() -> None:
    guide = {"title": "Own guide", "edition": "1"}
    assert whole(rules_from={"law": ["visit"]}, rests_on=[guide])["rests_on"] == [guide, *EDITIONS]
    own = [{"title": "Working Together", "edition": "2023"}]
    assert whole(rules_from={"law": ["visit"]}, rests_on=own)["rests_on"] == own


def test_a_rule_of_the_base_that_is_left_out_makes_room_for_one_that_is_taken() -> None:
    data = whole(extends="region", without=["visit"], rules_from={"law": ["visit"]})
    assert data["rules"] == [{"rule": "supervision"}, {"rule": "visit", "kind": "visit"}]


@pytest.mark.parametrize(
    ("own", "where", "words"),
    [
        ({"rules_from": ["law"]}, ("rules_from",), "names the policies and their rules"),
        ({"rules_from": {"law": []}}, ("rules_from", "law"), "list of names of its rules, or 'all'"),
        ({"rules_from": {"law": "some"}}, ("rules_from", "law"), "list of names of its rules, or 'all'"),
        ({"rules_from": {"law": [["visit"]]}}, ("rules_from", "law", 0), "is no rule of 'law'"),
        ({"rules_from": {"law": ["visit"]}, "rules": [{"rule": ["visit"]}]}, ("rules", 0), "needs 'rule'"),
        ({"rules_from": {"law": ["core-gruop"]}}, ("rules_from", "law", 0), "did you mean core-group"),
        ({"rules_from": {"law": ["visit"], "region": ["visit"]}}, ("rules_from", "region", 0), "from 'law' already"),
        ({"rules_from": {"law": ["visit", "visit"]}}, ("rules_from", "law", 1), "a name stands for one rule"),
        ({"extends": "region", "rules_from": {"law": ["visit"]}}, ("rules_from", "law"), "leave that one out"),
        ({"rules_from": {"law": ["visit"]}, "without": ["core-group"]}, ("without", 0), "those that are taken"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(own: dict[str, object], where: object, words: str) -> None:
    with pytest.raises(ExtendsError, match=words) as error:
        whole(**own)
    assert error.value.where == where


def test_shared_rules_lie_in_a_folder_beside_the_policies(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, OWN))
    assert ([rule.rule for rule in policy.rules], policy.authority) == (["visit", "review"], "westmere")


def test_its_source_is_told_as_the_source_has_it(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, OWN))
    assert policy.origin(policy.rules[0].source) == "Keeping plans alive, NOR-04"
    region = load_policy(tmp_path / "shared" / "region.yaml")
    assert region.origin(region.rules[0].source) == "Keeping plans alive, section NOR-01"


def test_an_unknown_source_is_told_by_its_line_with_the_nearest_name(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, OWN.replace("  region:", "  regoin:"))
    assert fault.startswith("westmere.yaml:8: rules_from.regoin: 'regoin' is neither a built-in policy nor a file")
    assert fault.endswith("did you mean region?")


def test_an_unknown_rule_is_told_by_its_line(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, OWN.replace("- review", "- reviews"))
    assert fault.startswith("westmere.yaml:10: rules_from.region.1: 'reviews' is no rule of 'region'; did you mean")


def test_what_is_missing_beside_taken_rules_is_told_of_this_file(tmp_path: Path) -> None:
    assert faults(tmp_path, OWN.replace("title: Westmere\n", "")) == ["westmere.yaml:1: title: is missing"]


def test_a_remark_about_a_taken_rule_stands_where_it_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, OWN)
    assert place_in(path, ("rules", 1, "due")) == ("rules_from", "region", 1)
    assert line_in(path, place_in(path, ("rules", 1, "due"))) == 10
    path.write_text(OWN.replace("\n    - visit\n    - review", " all"), encoding="utf-8")
    assert line_in(path, place_in(path, ("rules", 1, "due"))) == 8


def test_a_change_to_a_taken_rule_is_told_by_its_own_line(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, OWN + "rules:\n  - rule: visit\n    due: {evry: 3 weeks}\n")
    assert fault.startswith("westmere.yaml:13: visit.due.evry: is not a word")


def test_rules_that_are_taken_from_the_policy_itself_are_refused(tmp_path: Path) -> None:
    text = OWN.replace("  region:", "  westmere.yaml:")
    expected = "westmere.yaml:8: rules_from.westmere.yaml: 'westmere.yaml' is made from this policy itself"
    assert faults(tmp_path, text) == [expected]
