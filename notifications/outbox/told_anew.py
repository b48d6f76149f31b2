"""Which messages were told anew since: after a gap one of a kind is enough."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Message, OutboxRow, State
from notifications.tables import message

_MOST = 500  # in one statement


async def told_anew(session: AsyncSession, rows: Sequence[OutboxRow], templates: Collection[str]) -> frozenset[str]:
    """The ids of those whose like was decided later, and is on its way or has gone: asked for all of them at once.

    Its like has the same template, one of `templates`, and is about the same, for the same person and channel. It is on
    the same plan; for a message without one, on whichever plan of the authority.
    """
    repeatable = [row for row in rows if row.message.template in templates]
    repeated: set[str] = set()
    for start in range(0, len(repeatable), _MOST):
        repeated |= await _among(session, repeatable[start : start + _MOST])
    return frozenset(repeated)


async def _among(session: AsyncSession, rows: Sequence[OutboxRow]) -> set[str]:
    messages = [row.message for row in rows]
    parameters = {
        "authorities": sorted({each.authority for each in messages}),
        "plans": sorted({each.plan for each in messages if each.plan is not None}),
        "persons": sorted({each.person for each in messages if each.plan is None}),
        "templates": sorted({each.template for each in messages}),
        "since": min(each.at for each in messages),
    }
    later: defaultdict[Hashable, list[tuple[datetime, Sequence[object]]]] = defaultdict(list)
    for authority, plan, person, template, channel, at, about in await session.execute(_LATER, parameters):
        for on_plan in (plan, None):
            later[authority, on_plan, person, template, channel].append((at, about))
    return {row.id for row in rows if _is_repeated(row.message, later.get(_kind(row.message), ()))}


def _kind(mine: Message) -> Hashable:
    return mine.authority, mine.plan, mine.person, mine.template, mine.channel.value


def _is_repeated(mine: Message, tellings: Sequence[tuple[datetime, Sequence[object]]]) -> bool:
    about = list(mine.about)
    return any(at > mine.at and list(theirs) == about for at, theirs in tellings)


_LATER = select(
    message.c.authority, message.c.plan, message.c.person, message.c.template, message.c.channel, message.c.at,
    message.c.about,
).where(
    message.c.authority.in_(bindparam("authorities", expanding=True)),
    or_(
        message.c.plan.in_(bindparam("plans", expanding=True)),
        message.c.person.in_(bindparam("persons", expanding=True)),
    ),
    message.c.template.in_(bindparam("templates", expanding=True)),
    message.c.at > bindparam("since"),
    message.c.state.in_([State.QUEUED, State.CLAIMED, State.SENT, State.UNKNOWN]),
)  # fmt: skip
