"""What templates do with values: counts, sources, and lists in the shape in which a reader takes them in."""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

from notifications.catalogue.sms_parts import first_fitting, gsm7
from notifications.channels.spec import Channel

Item = Mapping[str, object]


def _cite(source: object) -> str:
    """A source in words. It is given as a document and a section, or as one text."""
    document, section = _parts_of(source)
    return f"{document}, {_section(section)}" if section else document


def _sources(sources: Iterable[object]) -> list[str]:
    """Where a list's items come from, each document once: `Guidance (sections: 4, Visits; 6, Reviews; Appendix)`."""
    sections: dict[str, set[str]] = {}
    for document, section in dict.fromkeys(map(_parts_of, sources)):
        sections.setdefault(document, set()).update(part.strip() for part in section.split(";") if part.strip())
    return [f"{document} ({_sections(named)})" if named else document for document, named in sections.items()]


def _bases(items: Iterable[Item]) -> set[object]:
    """On what the times of items are based."""
    return {item["basis"] for item in items}


def _parts_of(source: object) -> tuple[str, str]:
    """The document and the section of a source; the section is "" where there is none."""
    if isinstance(source, Mapping):
        return str(source["document"]), str(source["section"] or "")
    if isinstance(source, list):
        document, section = source
        return str(document), str(section or "")
    document, _, section = str(source).partition(", section ")
    return document, section


def _sections(named: set[str]) -> str:
    """Some sections in the order of their numbers, those without one last."""
    in_order = sorted(named, key=lambda section: (not section[:1].isdigit(), _number(section), section))
    return _section(in_order[0]) if len(in_order) == 1 else f"sections: {'; '.join(in_order)}"


def _number(section: str) -> int:
    digits = re.match(r"\d{1,9}", section)
    return int(digits[0]) if digits else 0


def _section(section: str) -> str:
    """A section with a number is "section 4, Visits"; one that has none is called by its title."""
    return f"section {section}" if section[:1].isdigit() else f"“{section}”"


def _alike(items: Iterable[Item]) -> list[Item]:
    """Items that a reader cannot tell from one another as one, with their `count`: they differ by a person, whom no
    message names."""
    groups: dict[object, list[Item]] = {}
    for item in items:
        groups.setdefault(_said_by(item), []).append(item)
    return [{**group[0], "count": len(group)} for group in groups.values()]


def _said_by(item: Item) -> object:
    """What an item says: equal to that of its likes."""
    try:
        return frozenset(item.items())
    except TypeError:  # a list is among it
        return repr(sorted(item.items()))


def _by_plan(lists: Mapping[str, Iterable[Item]]) -> list[tuple[object, object, list[tuple[str, Item]]]]:
    """Lists of items plan by plan, in the order in which plans come up: its reference, the initials, and its items list
    by list, alike ones as one, each with the name of its list."""
    plans: dict[object, dict[str, list[Item]]] = {}
    for name, items in lists.items():
        for item in items:
            plans.setdefault(item["plan"], {name: [] for name in lists})[name].append(item)
    return [
        (
            plan,
            next((item["initials"] for item in chain(*own.values()) if item["initials"]), ""),
            [(name, item) for name, items in own.items() for item in _alike(items)],
        )
        for plan, own in plans.items()
    ]


def _by_words(items: Iterable[Item], says: Callable[[Item], str]) -> list[tuple[str, list[Item]]]:
    """Items by what `says` says of them, so that it is said once."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(str(says(item)), []).append(item)
    return list(groups.items())


def _one_by(channel: str) -> str:
    """A message by a channel, at the beginning of a sentence."""
    return Channel(channel).spec.sentence_start


def _several_by(channel: str) -> str:
    """Messages by a channel."""
    return Channel(channel).several


def _address_word(channel: str) -> str:
    """What a person's address by a channel is called."""
    return Channel(channel).spec.address_word


def _elapsed(minutes: int) -> str:
    """A time since something, as short as a text message has it: `45 min`, `1 h 30 min`, `2 days`."""
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{rest} min"] if rest or not hours else [])])


def _count(number: int, singular: str, many: str) -> str:
    """A number with its noun: `2 | count('day', 'days')` is "2 days"."""
    return f"{number} {singular if number == 1 else many}"


FILTERS: Mapping[str, Callable[..., object]] = {
    "cite": _cite,
    "sources": _sources,
    "bases": _bases,
    "gsm7": gsm7,
    "first_fitting": first_fitting,
    "count": _count,
    "elapsed": _elapsed,
    "one_by": _one_by,
    "several_by": _several_by,
    "address_word": _address_word,
    "alike": _alike,
    "by_plan": _by_plan,
    "by_words": _by_words,
}
