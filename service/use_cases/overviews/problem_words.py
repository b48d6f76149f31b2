"""What each code of a problem means, in a sentence that says what to do, where its detail does not say it."""

from __future__ import annotations

from collections.abc import Mapping

from service.domain.telling.records import Problem
from service.domain.telling.wording import role_text

# A slip's detail says by itself what is wrong with which event.
_SENTENCES: Mapping[str, str] = {
    "role_vacant": "nobody holds a role that messages go to: {detail}. Have somebody assigned to it",
    "no_reachable_contact": "nobody could be told as {detail}. Have an address recorded that works",
    "absent_without_cover": "{detail} is away and nobody covers. Have a cover recorded",
    "no_one_above": "what {detail} owes could be escalated to nobody else. Have somebody assigned above",
    "visit_not_counted": "visit {detail} was made by a former holder of the role, and meets nothing",
    "no_review_date": "no review date is set ({detail}). Have one set",
    "no_end_date": "no end date is set ({detail}). Have one set",
    "action_without_owner": "action {detail} names nobody who does it. Have somebody named",
    "action_without_date": "action {detail} has no date. Have one agreed",
    "not_introduced": "{detail} waits for a plan or person that nothing has introduced. Send that, or mend the id",
    "undeliverable": "a message could not be delivered: {detail}",
}


_ABOUT_ROLES = ("role_vacant", "no_reachable_contact", "no_one_above")


def in_words(problem: Problem) -> str:
    """A problem in a sentence, without its end mark; it names ids and roles, nobody else."""
    detail = role_text(problem.detail) if problem.code in _ABOUT_ROLES else problem.detail
    return _SENTENCES.get(problem.code, "{detail}").format(detail=detail)
