"""What is known by channel stands in its row, and in no branch or table elsewhere that a new channel would miss."""

import ast
import re

from notifications.channels.spec import Channel
from tests.architecture.tree import PACKAGES, ROOT, Module, files, modules

ROWS = "notifications/channels/spec.py"
NAMES = {channel.value for channel in Channel}
IN_A_TEMPLATE = re.compile("|".join(f"""["']{name}["']""" for name in NAMES))


def tells_apart(node: ast.AST) -> bool:
    """Whether it is a table by channel, or asks whether something is one channel by its stored name."""
    if isinstance(node, ast.Dict):
        return sum(key is not None and names_channel(key) for key in node.keys) > 1
    return isinstance(node, ast.Compare) and any(is_stored_name(side) for side in (node.left, *node.comparators))


def names_channel(node: ast.expr) -> bool:
    """Whether it names a channel, as a member or as it is stored."""
    is_member = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Channel"
    return is_member or is_stored_name(node)


def is_stored_name(node: ast.expr) -> bool:
    """Whether it is a channel's name as it is stored."""
    return isinstance(node, ast.Constant) and node.value in NAMES


def places(module: Module) -> list[str]:
    """Where a module tells channels apart by itself."""
    return [module.at(node) for node in module.nodes if isinstance(node, ast.expr) and tells_apart(node)]


def test_no_module_has_a_table_of_channels_or_a_branch_by_their_names() -> None:
    # A provider's row says by which settings each of its channels goes.
    others = [module for module in modules(*PACKAGES) if str(module.path) != ROWS]
    mine = [module for module in others if "providers" not in module.path.parts]
    assert [where for module in mine for where in places(module)] == []


def test_no_template_tells_channels_apart_by_their_names() -> None:
    templates = [path for folder in ("service/web", "notifications/catalogue") for path in files([folder], "*.*")]
    worded = [path for path in templates if path.suffix in {".html", ".txt"}]
    assert len(worded) > 100
    assert [str(path.relative_to(ROOT)) for path in worded if IN_A_TEMPLATE.search(path.read_text())] == []


def test_a_table_and_a_branch_are_found_and_what_is_about_one_channel_is_left_alone() -> None:
    telling = [
        "a = {'email': 1, 'sms': 2}",
        "a = {Channel.EMAIL: 1, Channel.SMS: 2}",
        "a = 'text' if b == 'sms' else b",
    ]
    others = ["a = {'email': 1, 'mobile': 2}", "a = b is Channel.SMS", "a = [Channel.SMS, Channel.EMAIL]"]
    assert [len(places(Module.of(text))) for text in (*telling, *others)] == [1, 1, 1, 0, 0, 0]
