"""Words that name a harm, in what a policy brings into messages: an email may be read over a shoulder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from service.domain.policy import Policy
from service.domain.policy_remark import PolicyRemark, Where

# Each is looked for from the beginning of a word on, in small and capital letters: `abus` is in `Abuse` and `abusive`.
BEGINNINGS = (
    "abduct", "abus", "addict", "alcohol", "assault", "behaviour", "bruis", "bully", "coerc", "controlling",
    "county line", "criminal", "cruel", "domestic", "drug", "exploit", "extremis", "fgm", "forced marriage", "gang",
    "groom", "harass", "harm", "honour", "injur", "intoxicat", "kidnap", "kill", "knife", "knives",
    "maltreat", "missing from", "molest", "murder", "mutilat", "neglect", "overdos", "perpetrat", "porn", "prostitut",
    "radicali", "rape", "sex", "slave", "stalk", "strangl", "substance", "suicid",
    "terroris", "traffick", "trauma", "victim", "violen", "weapon",
)  # fmt: skip
# Words that begin like one of these and name none.
HARMLESS = ("harmless", "harmon")


def named_harms(policy: Policy) -> list[PolicyRemark]:
    """Each place of a policy whose words come into messages and name a harm: what is refused."""
    return [
        PolicyRemark(where, rule, _detail(word))
        for where, rule, text in _texts(policy)
        if (word := _harm_in(text)) is not None
    ]


def _harm_in(text: str) -> str | None:
    """The first word of a text that names a harm."""
    rests = ((match[0], text[match.start() :].lower()) for match in re.finditer(r"\w+", text))
    return next((word for word, rest in rests if rest.startswith(BEGINNINGS) and not rest.startswith(HARMLESS)), None)


def _detail(word: str) -> str:
    return (
        f"'{word}' names a harm, and these words stand in emails; say it without, by the number of the section or by "
        "what is to be done"
    )


def _texts(policy: Policy) -> Iterator[tuple[Where, str | None, str]]:
    yield ("title",), None, policy.title
    yield ("document", "title"), None, policy.document.title
    for position, rule in enumerate(policy.rules):
        fields: Mapping[tuple[str, ...], str] = {
            ("label",): rule.label,
            ("asks",): rule.asks,
            ("done_when",): rule.done_when,
            ("source", "section"): rule.source.section,
            ("due", "called"): rule.due.called or "",
            ("source", "document"): rule.source.document or "",
        }
        for field, text in fields.items():
            yield ("rules", position, *field), rule.rule, text
