"""Rules that a policy takes by name from another: from the law, from a region's procedures, from another council."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches

Data = dict[str, object]
LoadBase = Callable[[str], Mapping[str, object]]

# What a policy declares, and a taken rule may name. Ladders come before the roles that they tell.
_DECLARED = ("ladders", "kinds", "milestones", "roles")
ALL = "all"


class ExtendsError(ValueError):
    """A file does not fit what it extends or takes. `where` is the path in that file."""

    def __init__(self, where: Sequence[str | int], detail: str) -> None:
        super().__init__(detail)
        self.where = tuple(where)
        self.detail = detail


class TakenRules:
    """What a file takes by `rules_from`: the rules, where each is named there, and what they bring along."""

    def __init__(self, data: Mapping[str, object], load_base: LoadBase) -> None:
        """Read the sources; an ExtendsError says what does not fit, and where."""
        self.rules: list[Data] = []
        self._sources: list[Mapping[str, object]] = []
        self._from: dict[object, str] = {}
        for source, names in _named(data):
            base = load_base(source)
            self._sources.append(base)
            for where, rule in _chosen(source, names, base):
                name = name_of(rule)
                if name in self._from:
                    twice = f"'{name}' is taken from '{self._from[name]}' already; a name stands for one rule"
                    raise ExtendsError(where, twice)
                self._from[name] = source
                self.rules.append(_cited(rule, base))

    def fit_beside(self, rules: Sequence[object]) -> None:
        """Raise an ExtendsError where one of these rules has the name of another."""
        for rule in rules:
            if (source := self._from.get(name_of(rule))) is not None:
                twice = f"'{name_of(rule)}' is a rule of what this file extends, too; leave that one out with without"
                raise ExtendsError(["rules_from", source], twice)

    def bring_along(self, whole: Data) -> Data:
        """A whole policy with what its rules name and their sources declare, and with the editions they rest on."""
        words = set(_words(whole.get("rules")))
        for section in _DECLARED:
            own = whole.get(section, {})
            declared = {
                name: value
                for source in reversed(self._sources)
                for name, value in _mapping(source.get(section)).items()
                if name in words
            }
            if declared and isinstance(own, dict):
                whole[section] = {**declared, **own}
                words |= set(_words(list(declared.values())))
        editions = list_of(whole.get("rests_on"))
        titles = {_title(edition) for edition in editions}
        added = [
            edition for source in self._sources for edition in _editions(source, words) if _title(edition) not in titles
        ]
        return {**whole, "rests_on": [*editions, *added]} if added else whole


def place_of_taken(own: Mapping[str, object], name: object) -> tuple[object, ...]:
    """The path in a file at which it takes a rule of this name; empty if it names none."""
    for source, names in _mapping(own.get("rules_from")).items():
        if name in list_of(names):
            return ("rules_from", source, list_of(names).index(name))
    whole = [source for source, names in _mapping(own.get("rules_from")).items() if names == ALL]
    return ("rules_from", whole[0]) if whole else ()


def name_of(rule: object) -> str | None:
    """A rule's name, as far as it has one."""
    name = rule.get("rule") if isinstance(rule, dict) else None
    return name if isinstance(name, str) else None


def list_of(value: object) -> list[object]:
    """A list; an empty one for what is none."""
    return value if isinstance(value, list) else []


def not_a_rule(name: object, rules: Sequence[object], whose: str) -> str:
    """That a name is no rule of a policy, and which of its rules is nearest."""
    nearest = get_close_matches(str(name), [str(name_of(rule)) for rule in rules], n=1)
    return f"'{name}' is no rule of {whose}" + (f"; did you mean {nearest[0]}?" if nearest else "")


def _named(data: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    sources = data.get("rules_from", {})
    if not isinstance(sources, dict):
        raise ExtendsError(["rules_from"], "names the policies and their rules, as in {region: [core-group, visit]}")
    yield from ((str(source), names) for source, names in sources.items())


def _cited(rule: object, base: Mapping[str, object]) -> Data:
    """A rule with the document that it comes from, as its new policy has another."""
    source, title = _mapping(_mapping(rule).get("source")), _mapping(base.get("document")).get("title")
    document = {} if title is None or "document" in source or not source else {"document": title}
    return {**_mapping(rule), **({"source": {**source, **document}} if document else {})}


def _chosen(source: str, names: object, base: Mapping[str, object]) -> Iterator[tuple[Sequence[str | int], object]]:
    """Each rule that is taken from a source, with the place where it is named."""
    rules = list_of(base.get("rules"))
    if names == ALL:
        yield from ((["rules_from", source], rule) for rule in rules)
        return
    if not isinstance(names, list) or not names:
        raise ExtendsError(["rules_from", source], f"must be a list of names of its rules, or '{ALL}'")
    by_name = {name_of(rule): rule for rule in rules}
    for position, name in enumerate(names):
        if not isinstance(name, str) or name not in by_name:
            raise ExtendsError(["rules_from", source, position], not_a_rule(name, rules, f"'{source}'"))
        yield ["rules_from", source, position], by_name[name]


def _editions(source: Mapping[str, object], words: Collection[str]) -> list[object]:
    """The editions of a source that the rules cite by their titles; all, where its rules cite none of them so."""
    editions = list_of(source.get("rests_on"))
    return [edition for edition in editions if _title(edition) in words] or editions


def _title(edition: object) -> str:
    return str(_mapping(edition).get("title"))


def _words(part: object) -> Iterator[str]:
    """All texts in a part of a policy, in whatever depth."""
    if isinstance(part, str):
        yield part
    for inner in part.values() if isinstance(part, dict) else list_of(part):
        yield from _words(inner)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
