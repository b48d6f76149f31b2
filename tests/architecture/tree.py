"""The project's own files, read as text and as syntax trees."""

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "notifications", "service", "jobs", "cli")
Function = ast.FunctionDef | ast.AsyncFunctionDef
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Module:
    """One file of Python: where it is, from the project's folder, and what stands in it."""

    path: Path
    text: str
    tree: ast.Module

    @classmethod
    def of(cls, text: str, path: str = "service/domain/example.py") -> "Module":
        """A module from its text."""
        return cls(Path(path), text, ast.parse(text))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All that stands in it, as a tree's walk gives it: many tests ask of each."""
        return tuple(ast.walk(self.tree))

    def functions(self) -> Iterator[Function]:
        """Every function and method in it, nested ones too."""
        return (node for node in self.nodes if isinstance(node, Function))

    @cached_property
    def code_lines(self) -> frozenset[int]:
        """The numbers of the lines that hold code: no comment, docstring or empty line."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        code = {line for token in tokens if token.type not in _NO_CODE for line in _lines_of(token)}
        return frozenset(code - {line for docstring in self._docstrings() for line in docstring})

    def _docstrings(self) -> Iterator[range]:
        for node in self.nodes:
            if (
                isinstance(node, ast.Module | ast.ClassDef | Function)
                and ast.get_docstring(node, clean=False) is not None
            ):
                yield range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)

    def at(self, node: ast.expr | ast.stmt) -> str:
        """Where a node stands, as an editor understands it."""
        return f"{self.path}:{node.lineno}"


def _lines_of(token: tokenize.TokenInfo) -> range:
    return range(token.start[0], token.end[0] + 1)


def modules(*folders: str) -> list[Module]:
    """All modules below these folders of the project, in order of their paths."""
    return [_module(path) for path in files(folders, "*.py")]


@cache
def _module(path: Path) -> Module:
    return Module.of(path.read_text(), str(path.relative_to(ROOT)))


def files(folders: Iterable[str], pattern: str) -> list[Path]:
    """All files of the project below these folders whose names fit, in order."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob(pattern))
