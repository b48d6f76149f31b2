"""`planwatch docs`: the documents, which an installed planwatch carries with it."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.columns import in_columns, wrapped, write_lines
from cli.faults import CommandError
from service.files.documents import documents_folder


def show(name: str | None) -> None:
    """Print a document, or without a name which there are."""
    documents = _documents()
    if name is None:
        rows = [(short, _title(path)) for short, path in documents.items() if "/" not in short]
        write_lines([*in_columns(rows), *_others(documents)])
        return
    sys.stdout.write(_document(name, documents).read_text(encoding="utf-8"))


def _documents() -> Mapping[str, Path]:
    """The documents by their names: the path in the folder of documents, without the ending of a Markdown file."""
    folder = documents_folder()
    if folder is None:
        raise CommandError("this planwatch carries no documents; they are in the folder docs of its source.")
    files = sorted(
        path for path in folder.rglob("*") if path.suffix in (".md", ".yaml", ".json", ".jsonl", ".csv", ".env")
    )
    return {path.relative_to(folder).as_posix().removesuffix(".md"): path for path in files}


def _document(name: str, documents: Mapping[str, Path]) -> Path:
    wanted_name = name.strip().partition("#")[0].removeprefix("docs/").removesuffix(".md")
    if wanted_name in documents:
        return documents[wanted_name]
    near = difflib.get_close_matches(wanted_name, documents, n=3)
    hint = f" Is it {' or '.join(near)}?" if near else ""
    raise CommandError(f"there is no document {name}.{hint} For a list: planwatch docs")


def _title(path: Path) -> str:
    heading = path.read_text(encoding="utf-8").partition("\n")[0]
    return heading.lstrip("# ") if path.suffix == ".md" else path.name


def _others(documents: Mapping[str, Path]) -> list[str]:
    folders = {short.rpartition("/")[0] for short in documents if "/" in short}
    names = {folder: ", ".join(_names_in(folder, documents)) for folder in sorted(folders)}
    return ["", *(line for folder in names for line in wrapped(names[folder], f"  {folder}/  "))]


def _names_in(folder: str, documents: Mapping[str, Path]) -> list[str]:
    return [short.removeprefix(f"{folder}/") for short in documents if short.rpartition("/")[0] == folder]
