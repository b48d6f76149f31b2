"""Compiled templates are kept from run to run, and are never others than those that the files hold now."""

import shutil
from pathlib import Path

import pytest
from jinja2 import nodes

from notifications.catalogue.compiled import KeptTemplates, environment_of, keep_all
from notifications.catalogue.languages import TEMPLATES

NAMES = sorted(path.name for path in TEMPLATES.iterdir())
SUBJECT = "overdue.subject.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of templates that is ours to change."""
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))


def kept_in(folder: Path, *, writes: bool = True) -> KeptTemplates:
    return KeptTemplates(folder, writes=writes)


def compile_in(folder: Path, kept: Path, *, writes: bool = True) -> str:
    """What a template says whose words are no more than a sentence, as a process finds it that has just begun."""
    return environment_of(folder, kept_in(kept, writes=writes)).get_template(SUBJECT).render()


def test_each_kept_template_is_what_is_compiled_of_its_file(tmp_path: Path) -> None:
    keep_all(tmp_path)
    environment = environment_of(TEMPLATES, None)
    for name in NAMES:
        source, file = (TEMPLATES / name).read_text(encoding="utf-8"), str(TEMPLATES / name)
        kept = kept_in(tmp_path).get_bucket(environment, name, file, source)
        assert kept.code == environment.compile(source, name, file), name
    assert len([*tmp_path.iterdir()]) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_filter_is_asked_while_a_template_is_compiled(name: str) -> None:
    environment = environment_of(TEMPLATES, None)
    tree = environment.parse((TEMPLATES / name).read_text(encoding="utf-8"))
    for asked in tree.set_environment(environment).find_all((nodes.Filter, nodes.Test, nodes.Call)):
        with pytest.raises(nodes.Impossible):
            asked.as_const()


def test_a_template_whose_words_change_says_the_new_ones(folder: Path, tmp_path: Path) -> None:
    (folder / SUBJECT).write_text("Late")
    assert compile_in(folder, tmp_path) == "Late"
    (folder / SUBJECT).write_text("Overdue")
    assert compile_in(folder, tmp_path, writes=False) == "Overdue"
    assert compile_in(folder, tmp_path) == "Overdue"


DAMAGE = {
    "cut off": lambda kept: kept[:-1],
    "empty": lambda kept: b"",
    "zeroes": lambda kept: bytes(len(kept)),
    "a letter turned": lambda kept: kept.replace(b"Late", b"Lame"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_is_not_whole_is_compiled_and_kept_anew(folder: Path, tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    (folder / SUBJECT).write_text("Late")
    compile_in(folder, tmp_path)
    (file,) = tmp_path.glob(f"{SUBJECT}.*")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert compile_in(folder, tmp_path) == "Late"
    assert file.read_bytes() == whole


def test_what_another_version_compiled_is_compiled_anew(tmp_path: Path) -> None:
    newer, older = kept_in(tmp_path), kept_in(tmp_path)
    assert newer.get_source_checksum("Late") == older.get_source_checksum("Late") != older.get_source_checksum("late")
    older._made_by = older._made_by.replace("jinja2", "jinja1")
    assert newer.get_source_checksum("Late") != older.get_source_checksum("Late")


def test_where_nothing_can_be_kept_a_template_is_compiled(folder: Path, tmp_path: Path) -> None:
    (folder / SUBJECT).write_text("Late")
    assert compile_in(folder, tmp_path / "is not there") == "Late"
    assert compile_in(folder, tmp_path, writes=False) == "Late"
    assert not [*tmp_path.glob(f"{SUBJECT}.*")]


def test_a_kept_template_is_taken_and_not_compiled_again(folder: Path, tmp_path: Path) -> None:
    (folder / SUBJECT).write_text("Late")
    compile_in(folder, tmp_path)
    environment = environment_of(folder, kept_in(tmp_path))
    environment.compile = None  # type: ignore[assignment]
    assert environment.get_template(SUBJECT).render() == "Late"
