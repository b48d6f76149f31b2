"""Accounts: who of the directory may sign in, and what proves that it is them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.store.access_tables import account as accounts


@dataclass(frozen=True, slots=True)
class UserAccount:
    """An account as it stands. What is None is not set up; `totp` is the second factor's secret."""

    id: str
    authority: str
    person: str
    name: str
    password: str | None
    totp: str | None
    totp_counter: int | None
    totp_confirmed: bool
    issuer: str | None
    subject: str | None
    administrator: bool
    auditor: bool
    created_at: datetime
    disabled_at: datetime | None

    @property
    def own_id(self) -> OwnId:
        """The person of the directory to whom it belongs."""
        return OwnId(self.authority, self.person)


async def add(session: AsyncSession, account: UserAccount) -> None:
    """Keep a new account. An `IntegrityError` where the person or the name has one."""
    await session.execute(insert(accounts).values({name: getattr(account, name) for name in _NAMES}))


async def find(session: AsyncSession, account_id: str) -> UserAccount | None:
    """The account of an id."""
    return await _one(session, accounts.c.id == account_id)


async def with_name(session: AsyncSession, name: str) -> UserAccount | None:
    """The account that is signed in to by a name, in whatever letters."""
    return await _one(session, accounts.c.name == name.strip().lower())


async def of_person(session: AsyncSession, person: OwnId) -> UserAccount | None:
    """A person's account."""
    return await _one(session, accounts.c.authority == person.authority, accounts.c.person == person.id)


async def of_subject(session: AsyncSession, issuer: str, subject: str) -> UserAccount | None:
    """The account of somebody whom an issuer knows."""
    return await _one(session, accounts.c.issuer == issuer, accounts.c.subject == subject)


async def everything(session: AsyncSession, authority: str | None = None) -> list[UserAccount]:
    """All accounts, or an authority's, in order of their names."""
    of_whom = () if authority is None else (accounts.c.authority == authority,)
    rows = await session.execute(select(*_COLUMNS).where(*of_whom).order_by(accounts.c.authority, accounts.c.name))
    return [UserAccount(*row) for row in rows]


async def change(session: AsyncSession, account_id: str, **values: object) -> None:
    """Set what is given of an account."""
    await session.execute(update(accounts).where(accounts.c.id == account_id).values(values))


async def use_totp(session: AsyncSession, account_id: str, counter: int) -> bool:
    """Take a code of the second factor once. False: it, or a later one, was taken already."""
    unused = accounts.c.totp_counter.is_(None) | (accounts.c.totp_counter < counter)
    statement = update(accounts).where(accounts.c.id == account_id, unused).values(totp_counter=counter)
    return (await session.execute(statement.returning(accounts.c.id))).one_or_none() is not None


async def _one(session: AsyncSession, *conditions: ColumnElement[bool]) -> UserAccount | None:
    row = (await session.execute(select(*_COLUMNS).where(*conditions))).one_or_none()
    return None if row is None else UserAccount(*row)


_NAMES = tuple(UserAccount.__dataclass_fields__)
_COLUMNS = tuple(accounts.c[name] for name in _NAMES)
