"""What an installed planwatch carries with it: everything that its sentences name."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder
from typer.testing import CliRunner, Result

from cli.main import app
from tests.architecture.tree import PACKAGES, ROOT, files, modules

NAMED = re.compile(r"planwatch docs ([a-z]+)")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel that is installed from this checkout."""
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    return ZipFile(built)


def sentences() -> Iterator[tuple[str, str]]:
    """Every text in the program's code and its templates, with the file."""
    for module in modules(*PACKAGES):
        yield from ((str(module.path), text) for node in ast.walk(module.tree) if (text := _text(node)))
    for path in (path for kind in ("*.txt", "*.html") for path in files(PACKAGES, kind)):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_it_carries_every_document_and_whatever_lies_beside_the_code(wheel: ZipFile) -> None:
    carried = set(wheel.namelist())
    documents = [path.relative_to(ROOT).as_posix() for path in files(["docs"], "*") if path.is_file()]
    wanted = [f"planwatch/{name}" for name in documents if not name.endswith(".png")]
    kinds = ("*.yaml", "*.txt", "*.html", "*.css", "*.bin", "*.mako", "*.sql")
    beside = [path for kind in kinds for path in files(PACKAGES, kind)]
    wanted += [path.relative_to(ROOT).as_posix() for path in beside]
    assert sorted(set(wanted) - carried) == []
    assert len(documents) > 30
    assert [name for name in carried if name.endswith(".png") and name.startswith("planwatch/")] == []


def test_a_sentence_names_a_document_as_it_can_be_read_and_one_that_is_carried(wheel: ZipFile) -> None:
    named = {name for _, text in sentences() for name in NAMED.findall(text)}
    assert named >= {"settings", "policies", "monitoring", "operations"}
    assert [name for name in named if f"planwatch/docs/{name}.md" not in wheel.namelist()] == []
    # Whoever writes docs/coverage.md anew has the checkout.
    paths = [where for where, text in sentences() if re.search(r"docs/\w+\.md", text.replace("> docs/coverage.md", ""))]
    assert paths == []


def test_it_prints_them_without_the_checkout(wheel: ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "installed")
    command = [sys.executable, "-m", "planwatch", "docs", "settings"]
    place = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(command, cwd=tmp_path, env=place, capture_output=True, text=True, check=True)
    assert done.stdout == (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def docs(*words: str) -> Result:
    return CliRunner().invoke(app, ["docs", *words], prog_name="planwatch")


def test_a_document_goes_by_its_name_or_path_and_a_slip_gets_the_nearest() -> None:
    text = (ROOT / "docs" / "decisions" / "0003-sqlite-first.md").read_text(encoding="utf-8")
    for name in ("decisions/0003-sqlite-first", "docs/decisions/0003-sqlite-first.md#why"):
        assert docs(name).output == text
    listed = docs().output
    assert "  settings " in listed
    assert "0003-sqlite-first" in listed
    slip = docs("setings")
    assert slip.exit_code == 2
    assert slip.output == "planwatch: there is no document setings. Is it settings? For a list: planwatch docs\n"
