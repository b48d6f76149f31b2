"""Policies from a folder: they stand above the built-in ones, and a faulty file costs no other authority."""

from pathlib import Path

import pytest

from service.files.policy_files import PolicyFileError, load_policies
from service.files.policy_folder import read_policies


def write(folder: Path, **files: str) -> Path:
    """A folder with files of these names."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_file_with_the_name_of_a_built_in_authority_stands_above_it_and_others_are_added(tmp_path: Path) -> None:
    write(tmp_path, dudley="extends: dudley\ntitle: Ours\n", kent="extends: wakefield\nauthority: kent\ntitle: Kent\n")
    files = read_policies(tmp_path)
    assert {name: [policy.title for policy in files.book.versions(name)] for name in ("dudley", "kent")} == {
        "dudley": ["Ours"], "kent": ["Kent"],
    }  # fmt: skip
    assert files.book.authorities == load_policies().authorities | {"kent"}
    assert files.outside == {"dudley", "kent"}
    assert (files.faults, files.refused, files.unread) == ((), frozenset(), False)


def test_a_further_version_beside_the_built_in_one_is_added_to_it(tmp_path: Path) -> None:
    write(tmp_path, dudley_2="extends: dudley\nversion: 2\nin_force_from: 2027-01-01\n")
    assert [policy.version for policy in read_policies(tmp_path).book.versions("dudley")] == [1, 2]


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("authority: kent\nrules: [\n", "kent"),
        ("extends: dudley\nversion: 2\nin_force_from: soon\n", "dudley"),
        ("extends: dudley\nversion: 1\nin_force_from: 2027-01-01\n", "dudley"),  # the same version twice
        ("extends: dudley\nversion: 2\nin_force_from: 2027-01-01\ntitle: Neglect\n", "dudley"),  # names a harm
    ],
)
def test_a_faulty_file_refuses_its_authority_alone(text: str, authority: str, tmp_path: Path) -> None:
    write(tmp_path, ours=text, essex="extends: wakefield\nauthority: essex\ntitle: Essex\n")
    files = read_policies(tmp_path)
    assert files.refused == {authority}
    assert {fault.file for fault in files.faults} == {"ours.yaml"}
    assert "essex" in files.book.authorities
    # What is built in holds as long as nothing else was ever in force.
    built_in = load_policies()
    assert [name for name in built_in.authorities if files.book.versions(name) != built_in.versions(name)] == []


def test_a_file_named_for_one_built_in_authority_may_not_be_of_another(tmp_path: Path) -> None:
    write(tmp_path, dudley="extends: wakefield\nauthority: kent\n")
    (fault,) = read_policies(tmp_path).faults
    assert str(fault).startswith("dudley.yaml:2: authority: 'dudley' is a built-in authority")


def test_a_folder_that_is_not_there_is_told_and_says_nothing(tmp_path: Path) -> None:
    files = read_policies(tmp_path / "absent")
    assert files.unread
    with pytest.raises(PolicyFileError, match="cannot be read: No such file"):
        load_policies(tmp_path / "absent")


def test_tables_and_other_files_in_the_folder_are_no_policies(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("notes")
    write(tmp_path, **{"dudley.test": "cases: []"})
    assert read_policies(tmp_path).outside == frozenset()
