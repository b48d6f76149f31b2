"""What can be said is said by somebody: every template and every word to operators has a place that sends it."""

import ast

from notifications.catalogue.languages import TEMPLATES
from service.use_cases.operations.notify_operator import OPERATIONS, OperationsCode
from tests.architecture.tree import modules
from tests.documents.fixed_words import fixed_words

# What a message falls back to when its own template fails is chosen by the rendering itself.
CHOSEN_BY_RENDERING = {"fallback"}


def test_every_word_to_operators_has_a_code_and_every_code_has_words() -> None:
    assert set(fixed_words(OPERATIONS)) == set(OperationsCode)


def test_every_code_is_told_by_a_use_case() -> None:
    told = {
        node.attr
        for module in modules("service/use_cases")
        for node in module.nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "OperationsCode"
    }
    assert told == {code.name for code in OperationsCode}


def test_every_template_is_asked_for_by_a_name_in_the_service() -> None:
    names = {file.name.split(".")[0] for file in TEMPLATES.iterdir() if not file.name.startswith("_")}
    asked_for = {
        node.value
        for module in modules("service")
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert names - CHOSEN_BY_RENDERING - asked_for == set()
