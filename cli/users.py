"""`planwatch user`: make, list, begin again and disable the accounts by which people sign in to the pages."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from rich.markup import escape
from sqlalchemy.ext.asyncio import AsyncSession

from cli.console import err, out
from cli.database import with_database
from cli.faults import CommandError
from cli.policies_in_force import book_in_force
from config.database import Sessions, reading, transaction
from config.settings import Settings
from service.domain.own_id import OwnId
from service.store import accounts
from service.store.accounts import UserAccount
from service.use_cases.access.account_life import (
    INVITED_FOR,
    AccountError,
    Invited,
    add_account,
    disable_account,
    reset_account,
)

Result = TypeVar("Result")


def add(authority: str, person: str, name: str | None, *, administrator: bool, auditor: bool) -> None:
    """Make an account, and print the link by which its owner sets it up."""

    async def make(sessions: Sessions, now: datetime) -> Invited:
        book = await book_in_force(sessions)
        async with transaction(sessions) as session:
            own_id = OwnId(authority, person)
            return await add_account(session, book, own_id, name, now, administrator=administrator, auditor=auditor)

    _print_link(_or_fault(make))


def show_all() -> None:
    """Print all accounts."""

    async def everything(sessions: Sessions, now: datetime) -> list[UserAccount]:
        del now
        async with reading(sessions) as session:
            return await accounts.everything(session)

    listed = with_database(everything)
    if not listed:
        out.print("There are none. Make the first one with: planwatch user add AUTHORITY PERSON --administrator")
    for account in listed:
        out.print(
            f"[bold]{escape(account.name)}[/] is {escape(account.person)} of {account.authority}: {_how(account)}"
        )


def reset(name: str) -> None:
    """Begin an account again, and print its new link."""
    _print_link(_or_fault(_in_transaction(lambda session, now: reset_account(session, name, now))))


def disable(name: str) -> None:
    """Let nobody sign in by an account any more."""
    account = _or_fault(_in_transaction(lambda session, now: disable_account(session, name, now)))
    out.print(f"{escape(account.name)} is of no more use, and all its sessions have ended.")


def _in_transaction(
    work: Callable[[AsyncSession, datetime], Awaitable[Result]],
) -> Callable[[Sessions, datetime], Awaitable[Result]]:
    async def run(sessions: Sessions, now: datetime) -> Result:
        async with transaction(sessions) as session:
            return await work(session, now)

    return run


def _or_fault(ask: Callable[[Sessions, datetime], Awaitable[Result]]) -> Result:
    try:
        return with_database(ask)
    except AccountError as fault:
        raise CommandError(str(fault)) from None


def _print_link(invited: Invited) -> None:
    address = Settings.load().public_url or ""
    print(f"{address}/invitation/{invited.token}")
    err.print(
        f"Give this link to {escape(invited.account.person)}, and to nobody else. It is shown once, is good once, and "
        f"for {INVITED_FOR.days} days."
    )
    if not address:
        err.print("Set PLANWATCH_PUBLIC_URL to the address at which browsers reach planwatch; put it before the link.")


def _how(account: UserAccount) -> str:
    appointed = [
        word for word, held in (("administrator", account.administrator), ("auditor", account.auditor)) if held
    ]
    if account.disabled_at is not None:
        standing = f"[red]disabled {account.disabled_at:%Y-%m-%d %H:%M} UTC[/]"
    else:
        standing = "[green]set up[/]" if account.password or account.subject else "invited, not set up yet"
    return ", ".join([standing, *appointed])
