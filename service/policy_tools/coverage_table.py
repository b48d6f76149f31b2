"""The coverage of all policies as a table, in Markdown for a document or as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill, indent, wrap

from service.domain.policy import PolicyBook
from service.policy_tools.coverage import Coverage, CoverageAnswer, answers
from service.policy_tools.safeguards import SAFEGUARDS

_HEAD = """# What answers each sentence of the guidance

Made by `planwatch policy coverage --format markdown`; a test fails when it is stale, when a sentence has no answer, or
when a rule cites none. The titles are ours; what the sentence says stands in the authority's own document.

An answer is a **rule** of the policy (`planwatch policy show AUTHORITY` reads it aloud), a **safeguard** that holds
under every policy (listed at the end), or the reason why it is **not ours**: most often because it is about what a plan
says, and not about when somebody must be told, or because no event tells of it. Where no event tells of something,
nobody is reminded of it: planwatch does not guess.

What is **still open** rests on something that planwatch does not have yet. It is counted by itself, as nothing else.
"""


def markdown(coverages: Mapping[str, Coverage], book: PolicyBook) -> str:
    """The whole document in Markdown; it ends with a newline."""
    parts = [_HEAD, *_summary(coverages, book)]
    for name, coverage in sorted(coverages.items()):
        parts.append(f"\n## {book.versions(name)[-1].title}\n\n| entry | about | answered by |\n|---|---|---|\n")
        parts += [_row(answer) for answer in answers(coverage, book.versions(name))]
    parts.append("\n## Safeguards\n\n| name | says |\n|---|---|\n")
    parts += [f"| `{name}` | {words} |\n" for name, words in SAFEGUARDS.items()]
    return "".join(parts)


def text(coverages: Mapping[str, Coverage], book: PolicyBook, width: int = 100) -> str:
    """The coverage as text for a terminal; it ends with a newline."""
    lines: list[str] = []
    for name, coverage in sorted(coverages.items()):
        entry_answers = answers(coverage, book.versions(name))
        lines += ["", fill(f"{book.versions(name)[-1].title}: {_counts(entry_answers)}", width), ""]
        for answer in entry_answers:
            lines.append(
                fill(f"{answer.entry.id}  {answer.entry.title}", width, initial_indent="  ", subsequent_indent=" " * 10)
            )
            lines.append(indent("\n".join(wrap(answer.text.replace("`", ""), width - 10)), " " * 10))
    return "\n".join([*lines[1:], ""])


def _summary(coverages: Mapping[str, Coverage], book: PolicyBook) -> Iterator[str]:
    heads = ("authority", "entries", "by a rule", "by a safeguard", "not ours", "still open")
    yield f"\n| {' | '.join(heads)} |\n|---|--:|--:|--:|--:|--:|\n"
    for name, coverage in sorted(coverages.items()):
        entry_answers = answers(coverage, book.versions(name))
        figures = " | ".join(map(str, _split(entry_answers)))
        yield f"| {book.versions(name)[-1].title} | {len(entry_answers)} | {figures} |\n"


def _split(entry_answers: Sequence[CoverageAnswer]) -> tuple[int, int, int, int]:
    """How many a rule answers, how many a safeguard alone, how many are not ours; and how many are still open."""
    answered = [answer for answer in entry_answers if answer.entry.still_open is None]
    rules = sum(bool(answer.rules) for answer in answered)
    safety = sum(bool(answer.entry.safety) and not answer.rules for answer in answered)
    not_ours = sum(answer.entry.not_ours is not None for answer in answered)
    return rules, safety, not_ours, len(entry_answers) - len(answered)


def _counts(entry_answers: Sequence[CoverageAnswer]) -> str:
    rules, safety, not_ours, still_open = _split(entry_answers)
    counts = f"{len(entry_answers)} entries; {rules} answered by a rule, {safety} by a safeguard, {not_ours} not ours"
    return f"{counts}, {still_open} still open"


def _row(answer: CoverageAnswer) -> str:
    return f"| {answer.entry.id} | {answer.entry.title} | {answer.text} |\n"
