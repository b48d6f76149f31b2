"""A remark about a policy, with its place: a warning, or a word that names a harm."""

from __future__ import annotations

from dataclasses import dataclass

Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class PolicyRemark:
    """One thing to say of a policy. `where` is its path in the whole policy; `rule` is None outside the rules."""

    where: Where
    rule: str | None
    detail: str

    @property
    def field(self) -> str:
        """The path for a reader: the rule's name and the field within it."""
        path = self.where if self.rule is None else (self.rule, *self.where[2:])
        return ".".join(map(str, path))
