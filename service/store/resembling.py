"""Ids that resemble one that nobody has, for whoever mistyped it."""

from sqlalchemy import Column, Select, func, or_, select

_MOST = 500


def half_alike(authority: Column[str], name: Column[str], mistyped: str) -> Select[str, str]:
    """The authorities and ids of rows whose id begins or ends as this one does, in capitals or not; 500 at most.

    One slip of the pen leaves one half of an id as it was.
    """
    lowered, middle = mistyped.lower(), (len(mistyped) + 1) // 2
    begins = func.lower(name).startswith(lowered[:middle], autoescape=True)
    ends = func.lower(name).endswith(lowered[-middle:], autoescape=True)
    return select(authority, name).where(name != "", or_(begins, ends)).order_by(name, authority).limit(_MOST)
