"""An id within an authority: plans and persons are named by each authority for itself."""

from typing import NamedTuple


class OwnId(NamedTuple):
    """A plan or a person of one authority. Two authorities that use one id mean two plans, or two people."""

    authority: str
    id: str
