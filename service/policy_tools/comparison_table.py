"""A comparison of two policies as a table with its changes, or as records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from service.domain.calendar import iso_local, local
from service.policy_tools.comparison import Change, Comparison, Total
from service.policy_tools.words import plain

_COLUMNS = ("person", "what", "as", "before", "after", "more", "fewer", "earlier", "later")


def text(comparison: Comparison) -> str:
    """A table of the totals person by person, then a line for each change; it ends with a newline."""
    changed = [total for total in comparison.totals if total.more or total.fewer or total.earlier or total.later]
    same = len(comparison.totals) - len(changed)
    if not changed:
        return "Both would have sent the same, to the same people at the same times.\n"
    rows = [_COLUMNS, *(_cells(total) for total in changed)]
    lines = [*_aligned(rows), "", *(_line(change) for change in comparison.changes)]
    if same:
        lines += ["", f"{same} other {'kind' if same == 1 else 'kinds'} of message stay as they are."]
    return "\n".join([*lines, ""])


def records(comparison: Comparison) -> Iterator[Mapping[str, object]]:
    """A record for each total and each change, for programs; moments are local, with their offset."""
    for total in comparison.totals:
        names = ("person", "kind", "purpose", "before", "after", "more", "fewer", "earlier", "later")
        yield {"record": "total", **{name: getattr(total, name) for name in names}}
    for change in comparison.changes:
        thing = change.thing
        yield {
            "record": "change",
            "change": change.direction,
            "person": thing.person,
            "kind": thing.kind,
            "purpose": thing.purpose,
            "channel": thing.channel,
            "plan": thing.plan or None,
            "about": thing.about or None,
            "before": iso_local(change.before) if change.before else None,
            "after": iso_local(change.after) if change.after else None,
        }


def _cells(total: Total) -> tuple[str, ...]:
    counts = (total.before, total.after, total.more, total.fewer, total.earlier, total.later)
    return (total.person, plain(total.kind), plain(total.purpose), *(str(count) if count else "·" for count in counts))


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        words = [cell.ljust(width) for cell, width in zip(row[:3], widths[:3], strict=True)]
        counts = [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
        yield "  ".join([*words, *counts]).rstrip()


def _line(change: Change) -> str:
    thing = change.thing
    about = " ".join(part for part in (thing.plan, thing.about) if part)
    description = f"{thing.person}: {plain(thing.kind)}, {plain(thing.purpose)} by {thing.channel}" + (
        f", {about}" * bool(about)
    )
    if change.before is None or change.after is None:
        return f"{change.direction:<7}  {_moment(change.before or change.after)}  {description}"
    return f"{change.direction:<7}  {_moment(change.before)} -> {_moment(change.after)}  {description}"


def _moment(moment: datetime | None) -> str:
    return f"{local(moment):%a %d %b %Y %H:%M}" if moment is not None else ""
