"""Milestones that a policy declares: by whom each may be said, and what its form asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from service.domain.language.base import PlacedError, PolicyModel, RoleNames, Vocabulary, one_or_more


class Milestone(PolicyModel):
    """What guidance counts from or towards, and what has no type of event; `scheduled`: it is put in a diary.

    `by`: whoever holds one of these roles, or the cover, is to have done it; said of anybody else it changes nothing.
    `form`: what its form on the pages asks, in this order.
    """

    label: str
    scheduled: bool = False
    by: Annotated[RoleNames, Field(min_length=1)] = Field(default_factory=list)
    form: Annotated[list[Literal["on", "by", "about", "next_on"]], Field(min_length=1)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _form_asks_what_counts(self) -> Milestone:
        if self.by and self.form and "by" not in self.form:
            raise PlacedError("does not ask by whom, and nothing counts without that; add by", "form")
        if repeated := [name for name in self.form if self.form.count(name) > 1]:
            raise PlacedError(f"asks '{repeated[0]}' twice", "form")
        return self


def narrowed(roles: Mapping[str, object], milestones: Sequence[object], vocabulary: Vocabulary) -> Mapping[str, object]:
    """The roles of a pattern for milestones, with those by whom they may be said; ValueError where these differ."""
    each = {str(name): tuple(vocabulary.said_by.get(str(name), ())) for name in milestones}
    if len({frozenset(said_by) for said_by in each.values()}) > 1:
        names = " and ".join(f"'{name}'" for name in each)
        raise ValueError(
            f"{names} may be said by different people; write a pattern for each: [{{when: …}}, {{when: …}}]"
        )
    said_by = next(iter(each.values()), ())
    if not said_by:
        return roles
    by = [str(role) for role in one_or_more(roles.get("by", list(said_by)))]
    for role in by:
        if role not in said_by:
            detail = f"'{role}' is none of those by whom the milestone may be said: {', '.join(said_by)}"
            raise PlacedError(detail, "role_of", "by")
    return {**roles, "by": by}
