"""Passkeys: the public keys by which devices show that their owner is there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.access_tables import passkey as passkeys
from service.store.chunks import chunks


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey; `id` and `public_key` as base64url, `name` as its owner calls it."""

    id: str
    account: str
    public_key: str
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


async def add(session: AsyncSession, key: Passkey) -> None:
    """Keep a passkey. An `IntegrityError` if it is kept already."""
    await session.execute(insert(passkeys).values({name: getattr(key, name) for name in _NAMES}))


async def find(session: AsyncSession, key_id: str) -> Passkey | None:
    """The passkey of an id."""
    row = (await session.execute(select(*_COLUMNS).where(passkeys.c.id == key_id))).one_or_none()
    return None if row is None else Passkey(*row)


async def of_account(session: AsyncSession, account: str) -> list[Passkey]:
    """An account's passkeys, the oldest first."""
    rows = await session.execute(select(*_COLUMNS).where(passkeys.c.account == account).order_by(passkeys.c.created_at))
    return [Passkey(*row) for row in rows]


async def counts(session: AsyncSession, accounts: Collection[str]) -> dict[str, int]:
    """How many passkeys some accounts have; those without are missing."""
    numbers: dict[str, int] = {}
    for chunk in chunks(accounts):
        counted = select(passkeys.c.account, func.count()).where(passkeys.c.account.in_(chunk))
        numbers |= {row[0]: row[1] for row in await session.execute(counted.group_by(passkeys.c.account))}
    return numbers


async def used(session: AsyncSession, key_id: str, sign_count: int, now: datetime) -> None:
    """Note that a passkey was used, and how far its own count is."""
    noted = {"sign_count": sign_count, "used_at": now}
    await session.execute(update(passkeys).where(passkeys.c.id == key_id).values(noted))


async def forget(session: AsyncSession, account: str, key_id: str | None = None) -> None:
    """Forget one of an account's passkeys, or all."""
    chosen = () if key_id is None else (passkeys.c.id == key_id,)
    await session.execute(delete(passkeys).where(passkeys.c.account == account, *chosen))


_NAMES = tuple(Passkey.__dataclass_fields__)
_COLUMNS = tuple(passkeys.c[name] for name in _NAMES)
