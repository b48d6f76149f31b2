"""The coverage of all policies as a table: for a document, or as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill, indent, wrap

from service.domain.policy import PolicyBook
from service.policy_tools.coverage import Answer, Coverage, answers
from service.policy_tools.safeguards import SAFEGUARDS

_HEAD = """# What answers each sentence of the guidance

Made by `planwatch policy coverage --format markdown`; a test fails when it is stale, when a sentence has no answer, or
when a rule cites none. The titles are ours; what the sentence says stands in the authority's own document.

An answer is a **rule** of the policy (`planwatch policy show AUTHORITY` reads it aloud), a **safeguard** that holds
under every policy (listed at the end), or the reason why it is **not ours**: most often because it is about what a plan
says, and not about when somebody must be told, or because no event tells of it. Where no event tells of something,
nobody is reminded of it: planwatch does not guess.
"""


def markdown(coverages: Mapping[str, Coverage], book: PolicyBook) -> str:
    """The whole document, ending with a line end."""
    parts = [_HEAD, *_summary(coverages, book)]
    for name, coverage in sorted(coverages.items()):
        parts.append(f"\n## {book.versions(name)[-1].title}\n\n| entry | about | answered by |\n|---|---|---|\n")
        parts += [_row(answer) for answer in answers(coverage, book.versions(name))]
    parts.append("\n## Safeguards\n\n| name | says |\n|---|---|\n")
    parts += [f"| `{name}` | {words} |\n" for name, words in SAFEGUARDS.items()]
    return "".join(parts)


def text(coverages: Mapping[str, Coverage], book: PolicyBook, width: int = 100) -> str:
    """The same for a terminal, ending with a line end."""
    lines: list[str] = []
    for name, coverage in sorted(coverages.items()):
        found = answers(coverage, book.versions(name))
        lines += ["", fill(f"{book.versions(name)[-1].title}: {_counts(found)}", width), ""]
        for answer in found:
            lines.append(
                fill(f"{answer.entry.id}  {answer.entry.title}", width, initial_indent="  ", subsequent_indent=" " * 10)
            )
            lines.append(indent("\n".join(wrap(answer.text.replace("`", ""), width - 10)), " " * 10))
    return "\n".join([*lines[1:], ""])


def _summary(coverages: Mapping[str, Coverage], book: PolicyBook) -> Iterator[str]:
    yield "\n| authority | entries | by a rule | by a safeguard | not ours |\n|---|--:|--:|--:|--:|\n"
    for name, coverage in sorted(coverages.items()):
        rules, safety, not_ours = _split(found := answers(coverage, book.versions(name)))
        yield f"| {book.versions(name)[-1].title} | {len(found)} | {rules} | {safety} | {not_ours} |\n"


def _split(found: Sequence[Answer]) -> tuple[int, int, int]:
    rules = sum(bool(answer.rules) for answer in found)
    safety = sum(bool(answer.entry.safety) and not answer.rules for answer in found)
    return rules, safety, sum(answer.entry.not_ours is not None for answer in found)


def _counts(found: Sequence[Answer]) -> str:
    rules, safety, not_ours = _split(found)
    return f"{len(found)} entries; {rules} answered by a rule, {safety} by a safeguard, {not_ours} not ours"


def _row(answer: Answer) -> str:
    return f"| {answer.entry.id} | {answer.entry.title} | {answer.text} |\n"
