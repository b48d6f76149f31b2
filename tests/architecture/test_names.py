"""Names: a local says what it is, a class and a term have one meaning each, and log events have one form."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from tests.architecture.tree import PACKAGES, ROOT, Module, modules

# Pronouns and participles: a reader has to find out what they stand for.
VAGUE = {
    *("one", "some", "first", "last", "others"),
    *("there", "this", "that", "it", "what", "which"),
    *("asked", "found", "known", "made", "said", "told", "wanted"),
}
# Vague names and doubled classes that are left, as lines of a path or name and a number. The lists only get shorter.
VAGUE_LEFT = ROOT / "tests" / "architecture" / "vague_names.txt"
DOUBLED_LEFT = ROOT / "tests" / "architecture" / "doubled_classes.txt"
TERM = re.compile(r"\*\*(.+?)\*\*")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
SNAKE_CASE = re.compile(r"[a-z]+(_[a-z]+)*")


def assigned(module: Module) -> Iterator[str]:
    """The names of the parameters and variables of a module, once for each place that gives them a value."""
    for node in module.nodes:
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def vague_names() -> Counter[str]:
    """How many vague names each shipped file assigns."""
    counts = {str(module.path): sum(name in VAGUE for name in assigned(module)) for module in modules(*PACKAGES)}
    return +Counter(counts)


def doubled_classes() -> Counter[str]:
    """How often the name of each public class stands that is not unique in the shipped packages."""
    nodes = [node for module in modules(*PACKAGES) for node in module.nodes]
    names = Counter(node.name for node in nodes if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))
    return Counter({name: number for name, number in names.items() if number > 1})


def listed(text: str) -> Counter[str]:
    """A list of what is left: a path or name and a number on each line."""
    return Counter({name: int(number) for name, number in (line.split() for line in text.splitlines())})


def terms(glossary: str) -> list[str]:
    """The terms of the glossary: what is bold in the first cells of its tables."""
    rows = [line.split("|")[1] for line in glossary.splitlines() if line.startswith("| **")]
    return [term.lower() for cell in rows for term in TERM.findall(cell)]


def badly_named_events(module: Module) -> Iterator[str]:
    """The places at which a module logs an event whose name is no snake_case."""
    for node in module.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in LEVELS:
            continue
        logger = node.func.value
        if isinstance(logger, ast.Name) and logger.id == "_log" and not is_snake_case(node.args[:1]):
            yield module.at(node)


def is_snake_case(arguments: list[ast.expr]) -> bool:
    """Whether the first of some arguments is a text in snake_case."""
    constants = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
    return [name for name in constants if isinstance(name, str) and SNAKE_CASE.fullmatch(name)] != []


def test_a_local_is_named_for_what_it_is() -> None:
    # Name it for what it is: `obligation`, `attempt`, `due_rungs`. A file that has got better leaves the list, or gets
    # its smaller number there.
    names, left = vague_names(), listed(VAGUE_LEFT.read_text())
    assert {"too many": names - left, "better than listed": left - names} == {"too many": {}, "better than listed": {}}


def test_a_public_class_has_its_name_for_itself() -> None:
    # Two classes of one name are taken for one another, in an import and in a talk.
    names, left = doubled_classes(), listed(DOUBLED_LEFT.read_text())
    assert {"doubled": names - left, "better than listed": left - names} == {"doubled": {}, "better than listed": {}}


def test_a_term_stands_once_in_the_glossary() -> None:
    counts = Counter(terms((ROOT / "docs" / "glossary.md").read_text()))
    assert len(counts) > 100
    assert {term: number for term, number in counts.items() if number > 1} == {}


def test_a_log_event_is_named_in_snake_case() -> None:
    # Whoever searches the log, or has it searched, needs one form.
    assert [place for module in modules(*PACKAGES) for place in badly_named_events(module)] == []


def test_parameters_and_variables_count_and_what_is_only_read_does_not() -> None:
    module = Module.of("def f(one):\n  found: int = one\n  return [told for told in found if (last := told)], first\n")
    assert Counter(assigned(module)) == {"one": 1, "found": 1, "told": 1, "last": 1}


def test_a_sentence_and_a_variable_are_no_names_of_an_event() -> None:
    calls = '_log.info("tick_failed")\n_log.error("tick failed")\n_log.error(name)\nother.error("a sentence")\n'
    assert list(badly_named_events(Module.of(calls, "jobs/example.py"))) == ["jobs/example.py:2", "jobs/example.py:3"]


def test_each_bold_word_of_a_first_cell_is_a_term() -> None:
    rows = "| word | meaning |\n| **hold**, **Pause** | Not **bold** here. |\n"
    assert terms(rows) == ["hold", "pause"]
