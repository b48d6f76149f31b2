"""An id within an authority: plans and persons are named by each authority for itself."""

from typing import NamedTuple


class OwnId(NamedTuple):
    """A plan or a person of one authority. Two authorities that use one id mean two plans, or two people."""

    authority: str
    id: str


# In the place of a plan's reference: what is to be told of an authority's people and roles, and of no plan.
NO_PLAN = ""
