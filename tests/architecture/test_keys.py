"""The keys of ledger and outbox: written in one place, so that nobody misreads, or writes anew, what is stored."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import Module, modules

KEYS = Path("service/domain/keys")
# What joins with the same letter, and makes no key.
NO_KEYS = {
    "service/domain/events/replies.py": "alternatives of a regular expression",
    "service/policy_tools/coverage_table.py": "tables in Markdown",
    "service/use_cases/texts/bind_text.py": "alternatives of a regular expression",
    "service/migrations/versions/0006_each_authority_its_own.py": "keys as they were when it was written",
}
# The auditor shares nothing with what it watches (pyproject.toml): the keys of its findings are its own.
AUDITOR = Path("service/sentinel")
_SPLITTING = {
    "split", "rsplit", "partition", "rpartition", "removesuffix", "removeprefix", "startswith", "endswith", "find",
    "index", "replace", "join", "count",
}  # fmt: skip


def joins_and_splits(module: Module) -> Iterator[str]:
    """Where a module puts a key together, or takes one apart, by its separator."""
    return (module.at(node) for node in module.nodes if isinstance(node, ast.expr) and _touches_keys(node))


def _touches_keys(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr(values=parts):
            return any(map(_separates, parts))
        case ast.Call(func=ast.Attribute(value=text, attr=method), args=arguments) if method in _SPLITTING:
            return any(map(_separates, [text, *arguments]))
        case ast.BinOp() | ast.Compare():
            return any(map(_separates, ast.iter_child_nodes(node)))
        case ast.Constant(value=str(text)):
            return _ends_or_escapes(text)
        case _:
            return False


def _separates(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and "|" in node.value


def _ends_or_escapes(text: str) -> bool:
    """Whether it is the end of a key under a name of its own, or a regular expression that looks for the separator."""
    return (len(text) > 1 and (text.startswith("|") or text.endswith("|"))) or r"\|" in text


def test_only_the_kinds_of_keys_join_and_split_them() -> None:
    others = [module for module in modules("service", "notifications", "jobs") if KEYS not in module.path.parents]
    makers = [module for module in others if str(module.path) not in NO_KEYS and AUDITOR not in module.path.parents]
    assert [where for module in makers for where in joins_and_splits(module)] == []


@pytest.mark.parametrize(
    "code",
    [
        "f'alert|{plan}|{uid}'",
        "'|'.join((rule, uid))",
        "key.split('|')",
        "key.removesuffix('|text')",
        "key.endswith('|instead')",
        "'alert|' + uid",
        "key + '|text'",
        "'alert|%s' % uid",
        "'|stop' in key",
        "INSTEAD = '|instead'",
        r"re.search(r'#(text-.+)\|', key)",
    ],
)
def test_each_of_these_would_be_found(code: str) -> None:
    assert set(joins_and_splits(Module.of(code))) == {"service/domain/example.py:1"}


@pytest.mark.parametrize("code", ["kind = str | None", "re.compile('yes|no')", "first | second", "f'{plan}: {code}'"])
def test_what_only_looks_like_it_is_left_alone(code: str) -> None:
    assert list(joins_and_splits(Module.of(code))) == []
