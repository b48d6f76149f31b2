"""The councils' titles."""

from __future__ import annotations

from datetime import date
from operator import itemgetter

from service.domain.policy import PolicyBook


def titles(book: PolicyBook, today: date) -> dict[str, str]:
    """The title of each council by its policy in force on a day, in the order of the titles."""
    title_by_council = {authority: book.in_force(authority, today).title for authority in book.authorities}
    return dict(sorted(title_by_council.items(), key=itemgetter(1)))
