"""Small pieces with one purpose each: what fits on a screen can be read, and what can be read can be trusted."""

import ast

from tests.architecture.tree import PACKAGES, ROOT, Function, Module, files, modules

# Lines of code: comments, docstrings and empty lines cost nobody anything.
LONGEST_FILE = 250
LONGEST_FUNCTION = 40
DEEPEST = 3
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common"}
BRIEF = ("tests", "bench", *PACKAGES)


def length(module: Module, function: Function) -> int:
    """How many lines of code a function takes."""
    return len(module.code_lines & set(range(function.lineno, (function.end_lineno or 0) + 1)))


def depth(node: ast.AST) -> int:
    """How many blocks stand inside each other; an `elif` is no deeper than its `if`."""
    return max((depth_of_child(node, child) for child in ast.iter_child_nodes(node)), default=0)


def depth_of_child(node: ast.AST, child: ast.AST) -> int:
    """How deep it goes from a node down through one of its children."""
    if isinstance(child, Function | ast.Lambda):
        return 0  # it is measured by itself
    is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
    return depth(child) + (isinstance(child, BLOCKS) and not is_elif)


def edited() -> list[Module]:
    """The modules that people go on changing: a migration is one long list, written once and never touched again."""
    return [module for module in modules(*PACKAGES) if "versions" not in module.path.parts]


def functions() -> list[tuple[Module, Function]]:
    """All functions in these, with the module of each."""
    return [(module, function) for module in edited() for function in module.functions()]


def test_every_module_says_in_one_line_what_it_is() -> None:
    said = {str(module.path): ast.get_docstring(module.tree) or "" for module in modules(*BRIEF)}
    assert [path for path, words in said.items() if not words] == []
    # notifications/errors.py may draw its tree of errors below that line.
    assert [path for path, words in said.items() if len(words.split("\n\n")[0].splitlines()) > 1] == []


def test_no_file_is_longer_than_can_be_kept_in_mind() -> None:
    sizes = {str(module.path): len(module.code_lines) for module in edited()}
    assert {path: size for path, size in sizes.items() if size > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    sizes = {f"{module.at(function)} {function.name}": length(module, function) for module, function in functions()}
    assert {where: size for where, size in sizes.items() if size > LONGEST_FUNCTION} == {}


def test_nothing_is_nested_deeper_than_can_be_followed() -> None:
    cases = [(module, function) for module in modules("bench") for function in module.functions()]
    depths = {f"{module.at(function)} {function.name}": depth(function) for module, function in [*functions(), *cases]}
    assert {where: deep for where, deep in depths.items() if deep > DEEPEST} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    # What is put into a drawer called "utils" is found by nobody, and written again.
    assert [str(path.relative_to(ROOT)) for path in files(BRIEF, "*.py") if path.stem in VAGUE] == []


def test_only_lines_of_code_are_counted() -> None:
    module = Module.of('"""Words."""\n\n# Why.\ndef f():\n  """More\n  words."""\n\n  return """1\n2"""\n')
    assert [length(module, function) for function in module.functions()] == [len(module.code_lines)] == [3]


def test_an_elif_is_no_level_of_its_own_and_a_loop_in_a_branch_is() -> None:
    code = "def f(a):\n  if a: pass\n  elif not a:\n    for b in a:\n      if b: pass\n"
    assert [depth(function) for function in Module.of(code).functions()] == [3]


def test_the_demonstration_stays_small_beside_the_product() -> None:
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "cli" / "demo").rglob("*.py")]
    assert 1_000 < sum(lines) <= 1_500  # only ever lowered: what it shows is data, and the product's own pages
