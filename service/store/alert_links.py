"""The links by which alerts are acknowledged from emails. Only the hash of a link's token is kept."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.alert_codes import Alerted
from service.store.alert_tables import alert_link as links


async def make(session: AsyncSession, alerted: Alerted, now: datetime) -> str:
    """A new token of 256 bits, which is this person's for this alert. Earlier ones stay good."""
    token = secrets.token_urlsafe(32)
    row = {"hash": _hash(token), "authority": alerted.authority, "plan": alerted.plan, "breach": alerted.breach}
    await session.execute(insert(links).values(**row, person=alerted.person, at=now))
    return token


async def find(session: AsyncSession, token: str) -> Alerted | None:
    """Whose link it is, for which alert. None: there is none such."""
    columns = (links.c.authority, links.c.plan, links.c.breach, links.c.person)
    row = (await session.execute(select(*columns).where(links.c.hash == _hash(token)))).one_or_none()
    return None if row is None else Alerted(*row)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
