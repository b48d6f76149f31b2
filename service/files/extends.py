"""Policies that extend another policy or take rules from others, and state only what is their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.files.taken_rules import (
    Data,
    ExtendsError,
    LoadBase,
    TakenRules,
    list_of,
    name_of,
    not_a_rule,
    place_of_taken,
)

# A file overrides these mappings field by field, or adds names to them. Every other field that it names is replaced as
# a whole: a mixture of two `due` mappings would be a third one that nobody intended.
_FIELD_BY_FIELD = frozenset(
    {"document", "office_hours", "bottom_line", "source", "hours", "ladders", "roles", "kinds", "milestones"}
)
_OWN_WORDS = frozenset({"extends", "rules_from", "without", "rules"})
# What comes along with a rule that is taken.
_BROUGHT = frozenset({"rests_on", "ladders", "kinds", "milestones", "roles"})


def extended(data: Mapping[str, object], load_base: LoadBase) -> Data:
    """Return the whole policy: the base named by `extends`, less `without`, the rules that `rules_from` takes from
    other policies, and the file's changes and additions.

    A file with neither is returned as it is. `load_base` reads the data of another policy, already extended. It may
    raise an ExtendsError, and so does this function when the files do not fit together.
    """
    if "extends" not in data and "rules_from" not in data:
        if "without" in data:
            raise ExtendsError(["without"], "goes with 'extends'; a policy that extends nothing just leaves rules out")
        return dict(data)
    base = _base(data, load_base)
    taken = TakenRules(data, load_base)
    changes = {key: value for key, value in data.items() if key not in _OWN_WORDS}
    whole = _changed(base, changes)
    whole["rules"] = _rules(base, taken, data)
    return taken.bring_along(whole)


def with_defaults(data: Mapping[str, object], defaults: Mapping[str, object]) -> Data:
    """The data of a whole policy with planwatch's defaults, of which it may have changed some or added to them."""
    return _changed(defaults, data)


def own_place(own: Mapping[str, object], whole: Mapping[str, object], where: Sequence[object]) -> tuple[object, ...]:
    """The path in the file for a place in the whole policy: `extends` or `rules_from` where another states it."""
    if not where or not own.keys() & {"extends", "rules_from"}:
        return tuple(where)
    base = ("extends",) if "extends" in own else ()
    if where[0] != "rules":
        brought = ("rules_from",) if where[0] in _BROUGHT and not base else base
        return tuple(where) if where[0] in own else brought or tuple(where)
    if len(where) == 1:
        return ("rules",) if "rules" in own else base or ("rules_from",)
    name = _name_at(whole["rules"], where[1])
    names = [name_of(rule) for rule in list_of(own.get("rules"))]
    return ("rules", names.index(name), *where[2:]) if name in names else place_of_taken(own, name) or base


def _base(data: Mapping[str, object], load_base: LoadBase) -> Mapping[str, object]:
    if "extends" not in data:
        return {}
    name = data["extends"]
    if not isinstance(name, str) or not name:
        raise ExtendsError(["extends"], "must name a built-in authority, or a policy file beside this one")
    return load_base(name)


def _rules(base: Mapping[str, object], taken: TakenRules, data: Mapping[str, object]) -> list[object]:
    kept = _kept(list_of(base.get("rules")), taken, data)
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
    names = {name_of(rule) for rule in kept}
    changed = [_changed(rule, changes.get(name_of(rule), {})) if isinstance(rule, dict) else rule for rule in kept]
    return changed + [rule for name, rule in changes.items() if name not in names]


def _kept(rules: Sequence[object], taken: TakenRules, data: Mapping[str, object]) -> list[object]:
    """The rules of the base and those that are taken, less `without`: of two with one name it means the base's."""
    excluded = data.get("without", [])
    if not isinstance(excluded, list):
        raise ExtendsError(["without"], "must be a list of names of rules")
    whose = f"'{data['extends']}'" if "extends" in data else "those that are taken"
    every_rule = [*rules, *taken.rules]
    names = [name_of(rule) for rule in every_rule]
    for position, name in enumerate(excluded):
        if name not in names:
            raise ExtendsError(["without", position], not_a_rule(name, every_rule, whose))
    in_base = {name_of(rule) for rule in rules}
    kept = [rule for rule in rules if name_of(rule) not in excluded]
    taken.fit_beside(kept)
    return kept + [rule for rule in taken.rules if name_of(rule) not in excluded or name_of(rule) in in_base]


def _changed(base: Mapping[str, object], changes: Mapping[str, object]) -> Data:
    """A copy of a mapping with some fields changed; `null` removes a field."""
    whole = dict(base)
    for key, value in changes.items():
        before = whole.get(key)
        if key in _FIELD_BY_FIELD and isinstance(before, dict) and isinstance(value, dict):
            value = _changed(before, value)
        whole[key] = value
    return {key: value for key, value in whole.items() if value is not None}


def _name_at(rules: object, position: object) -> object:
    listed = list_of(rules)
    return name_of(listed[position]) if isinstance(position, int) and position < len(listed) else None
