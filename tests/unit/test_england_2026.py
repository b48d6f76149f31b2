"""The law of England as rules that any council may take: it is nobody's policy, and says whose each number is."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli.policy import app
from service.domain.harm_words import named_harms
from service.domain.policy import PolicyBook
from service.files.policy_files import load_policies, load_policy, policy_paths
from service.files.policy_folder import read_policies
from service.files.policy_places import POLICIES, shared_paths
from service.policy_tools.coverage import Coverage, GuidanceEntry, coverage_faults
from tests import sixth

LAW = POLICIES / "shared" / "england_2026.yaml"
POLICY = load_policy(LAW)
# The texts that could be read: these sections of two Acts, and these regulations.
READ = {
    "Children Act 1989": ("section 31ZA",),
    "Care Planning, Placement and Case Review (England) Regulations 2010": ("regulation 28", "regulation 33"),
}


def planwatch(*words: object) -> Result:
    """A command about policies, to its end."""
    return CliRunner().invoke(app, list(map(str, words)), prog_name="planwatch policy")


def council(folder: Path, **words: object) -> Path:
    """A policy of Eastmere's that takes some of the law."""
    names = ["initial-conference", "first-care-review"]
    own = sixth.rule(opens={"when": "plan.opened"}, due={"within": "1 week"}, met={"when": "plan.reviewed"})
    return sixth.write(folder, own, **{"rules_from": {"england_2026": names}, **words})


def test_it_is_no_authority_and_in_force_nowhere() -> None:
    assert LAW in shared_paths()
    assert LAW not in policy_paths()
    assert "england_2026" not in load_policies().authorities


def test_a_number_is_the_guidances_only_where_the_text_was_read() -> None:
    for rule in POLICY.rules:
        begins = READ.get(rule.source.document or "", ())
        assert (rule.source.basis == "guidance") == rule.source.section.startswith(begins or ("-",)), rule.rule


def test_each_rule_names_its_document_and_no_words_name_a_harm() -> None:
    assert [rule.rule for rule in POLICY.rules if not rule.source.document] == []
    assert named_harms(POLICY) == []


def test_a_policy_outside_the_package_takes_its_rules(tmp_path: Path) -> None:
    council(tmp_path)
    policies = read_policies(tmp_path)
    (policy,) = policies.book.versions("eastmere")
    assert [rule.rule for rule in policy.rules] == ["initial-conference", "first-care-review", "duty"]
    assert not policies.faults
    assert policies.outside == {"eastmere"}
    assert policy.origin(policy.rules[1].source).endswith("Regulations 2010, regulation 33(1)")
    cited = [policy.rules[0].source.document, policy.rules[1].source.document]
    assert [edition.title for edition in policy.rests_on] == cited


def test_a_council_may_put_its_own_reading_of_the_law_in_its_place(tmp_path: Path) -> None:
    own = yaml.safe_load(LAW.read_text(encoding="utf-8"))
    own["rules"] = [rule for rule in own["rules"] if rule["rule"] in ("initial-conference", "first-care-review")]
    own["rules"][0]["due"] = {"within": "14 working days"}
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "england_2026.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    assert str(load_policy(council(tmp_path)).rules[0].due.within) == "14 working days"


def test_it_can_be_extended_whole(tmp_path: Path) -> None:
    path = tmp_path / "eastmere.yaml"
    path.write_text("extends: england_2026\nauthority: eastmere\ntitle: Eastmere\n", encoding="utf-8")
    assert len(load_policy(path).rules) == len(POLICY.rules)


def test_its_duties_need_no_line_in_a_councils_coverage(tmp_path: Path) -> None:
    policy = load_policy(council(tmp_path))
    coverage = Coverage(authority="eastmere", entries=[GuidanceEntry(id="EAS-01", title="Something")])
    assert coverage_faults({"eastmere": coverage}, PolicyBook([policy])) == []


def test_commands_know_it_by_its_name() -> None:
    assert planwatch("show", "england_2026").output.startswith("What planwatch does for England, the law of 2026")
    assert planwatch("test", "england_2026").output.endswith(" cases: all as they should be\n")


@pytest.mark.parametrize("command", [("check",), ("test",)])
def test_it_is_checked_and_tested_with_the_built_in_policies(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "region.yaml").write_text("rules: []\n", encoding="utf-8")
    (tmp_path / "shared" / "region.test.yaml").write_text("cases: []\n", encoding="utf-8")
    done = planwatch(*command, "--policies", tmp_path)
    assert "region" in done.output
    assert done.exit_code == 1
