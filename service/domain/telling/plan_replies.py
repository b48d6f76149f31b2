"""The replies to check-ins on a plan as they are read: each once, for as long as only more of them come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import is_
from weakref import WeakValueDictionary

from service.domain.events.replies import ReplyMeaning, read_reply
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import ReplyKey

_CALLS_FOR_NOTHING = (ReplyMeaning.OK, ReplyMeaning.AUTOMATIC)


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class PlanReplies:
    """All replies on a plan, in order, and what follows from them alone. Of the same replies it is the same.

    `names` are theirs in the ledger. `to_tell` are those that say more than that all is well, each with its name.
    `moments` are those, in order, at which each person replied; a machine's answer is no reply.
    """

    facts: Sequence[Fact] = ()
    names: Sequence[str] = ()
    to_tell: Sequence[tuple[Fact, str]] = ()
    moments: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    # Texts that were asked at a moment and answered, by the names of their check-ins: each reply goes on answering it.
    answered: dict[str, datetime] = field(default_factory=dict)

    def with_more(self, plan: str, facts: Sequence[Fact]) -> PlanReplies:
        """The same, and these replies after them."""
        names = [str(ReplyKey(plan, fact.uid)) for fact in facts]
        meanings = [read_reply(str(fact.get("text"))).meaning for fact in facts]
        to_tell = [
            (fact, name)
            for fact, name, meaning in zip(facts, names, meanings, strict=True)
            if meaning not in _CALLS_FOR_NOTHING
        ]
        moments = dict(self.moments)
        for fact, meaning in zip(facts, meanings, strict=True):
            if meaning is not ReplyMeaning.AUTOMATIC:
                person = str(fact.get("person"))
                moments[person] = sorted((*moments.get(person, ()), fact.moment or fact.time))
        return PlanReplies(
            (*self.facts, *facts), (*self.names, *names), (*self.to_tell, *to_tell), moments, dict(self.answered)
        )


_NONE = PlanReplies()
# Those of each plan that were read last, as long as somebody keeps the facts for which they were.
_latest: WeakValueDictionary[tuple[str, str], PlanReplies] = WeakValueDictionary()


def replies_of(facts: Facts) -> PlanReplies:
    """The replies of all periods of a plan."""
    return facts.derive_once(PlanReplies, lambda: _replies(facts))


def _replies(facts: Facts) -> PlanReplies:
    replies, name = facts.ever("check_in.replied"), (facts.authority, facts.plan)
    if not replies:
        return _NONE
    before = _latest.get(name, _NONE)
    number = len(before.facts)
    if len(replies) < number or not all(map(is_, before.facts, replies)):
        before, number = _NONE, 0  # of those before, one was withdrawn, or another came ahead of it
    if len(replies) > number:
        _latest[name] = before = before.with_more(facts.plan, replies[number:])
    return before
