"""Policies that extend another policy, and state only their changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Data = dict[str, object]
LoadBase = Callable[[str], Mapping[str, object]]

# A file overrides these mappings field by field, or adds names to them. Every other field that it names is replaced as
# a whole: a mixture of two `due` mappings would be a third one that nobody intended.
_FIELD_BY_FIELD = frozenset(
    {"document", "office_hours", "bottom_line", "source", "hours", "ladders", "roles", "kinds", "milestones"}
)
_OWN_WORDS = frozenset({"extends", "without", "rules"})


class ExtendsError(ValueError):
    """The extending file does not fit its base. `where` is the path in the extending file."""

    def __init__(self, where: Sequence[str | int], detail: str) -> None:
        super().__init__(detail)
        self.where = tuple(where)
        self.detail = detail


def extended(data: Mapping[str, object], load_base: LoadBase) -> Data:
    """Return the whole policy: the base named by `extends`, less `without`, with the file's changes and additions.

    A file without `extends` is returned as it is. `load_base` reads the data of the base, already extended. It may
    raise an ExtendsError, and so does this function when file and base do not fit together.
    """
    if "extends" not in data:
        if "without" in data:
            raise ExtendsError(["without"], "goes with 'extends'; a policy that extends nothing just leaves rules out")
        return dict(data)
    name = data["extends"]
    if not isinstance(name, str) or not name:
        raise ExtendsError(["extends"], "must name a built-in authority, or a policy file beside this one")
    base = load_base(name)
    changes = {key: value for key, value in data.items() if key not in _OWN_WORDS}
    whole = _changed(base, changes)
    whole["rules"] = _rules(base, data)
    return whole


def with_defaults(data: Mapping[str, object], defaults: Mapping[str, object]) -> Data:
    """The data of a whole policy with planwatch's defaults, of which it may have changed some or added to them."""
    return _changed(defaults, data)


def own_place(own: Mapping[str, object], whole: Mapping[str, object], where: Sequence[object]) -> tuple[object, ...]:
    """The path in the extending file for a place in the whole policy. It is `extends` if the base states the place."""
    if "extends" not in own or not where:
        return tuple(where)
    if where[0] != "rules":
        return tuple(where) if where[0] in own else ("extends",)
    if len(where) == 1:
        return ("rules",) if "rules" in own else ("extends",)
    rules = whole["rules"]
    name = _name_at(rules, where[1])
    names = [_name(rule) for rule in _list(own.get("rules"))]
    return ("rules", names.index(name), *where[2:]) if name in names else ("extends",)


def _rules(base: Mapping[str, object], data: Mapping[str, object]) -> list[object]:
    kept = _without(_list(base.get("rules")), data)
    own = data.get("rules", [])
    if not isinstance(own, list):
        raise ExtendsError(["rules"], "must be a list of rules, each with the name of the one that it changes or adds")
    changes: dict[object, Mapping[str, object]] = {}
    for position, rule in enumerate(own):
        if not isinstance(rule, dict) or not isinstance(rule.get("rule"), str):
            raise ExtendsError(["rules", position], "needs 'rule', the name of the rule that it changes or adds")
        if rule["rule"] in changes:
            raise ExtendsError(["rules", position], f"is the second here with the name '{rule['rule']}'")
        changes[rule["rule"]] = rule
    names = {_name(rule) for rule in kept}
    changed = [_changed(rule, changes.get(_name(rule), {})) if isinstance(rule, dict) else rule for rule in kept]
    return changed + [rule for name, rule in changes.items() if name not in names]


def _without(rules: Sequence[object], data: Mapping[str, object]) -> list[object]:
    excluded = data.get("without", [])
    if not isinstance(excluded, list):
        raise ExtendsError(["without"], "must be a list of names of rules")
    names = [_name(rule) for rule in rules]
    for position, name in enumerate(excluded):
        if name not in names:
            raise ExtendsError(["without", position], f"'{name}' is no rule of '{data['extends']}'")
    return [rule for rule in rules if _name(rule) not in excluded]


def _changed(base: Mapping[str, object], changes: Mapping[str, object]) -> Data:
    """A copy of a mapping with some fields changed; `null` removes a field."""
    whole = dict(base)
    for key, value in changes.items():
        before = whole.get(key)
        if key in _FIELD_BY_FIELD and isinstance(before, dict) and isinstance(value, dict):
            value = _changed(before, value)
        whole[key] = value
    return {key: value for key, value in whole.items() if value is not None}


def _name(rule: object) -> object:
    return rule.get("rule") if isinstance(rule, dict) else None


def _name_at(rules: object, position: object) -> object:
    listed = _list(rules)
    return _name(listed[position]) if isinstance(position, int) and position < len(listed) else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
