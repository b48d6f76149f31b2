"""The life of an account: invited, set up, begun again after something was lost, and disabled when somebody leaves."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import accounts, audit, begun, events, passkeys, viewer_sessions
from service.store.accounts import UserAccount
from service.store.audit import AuditEntry
from service.use_cases.access import second_factor

INVITATION = "invitation"
INVITED_FOR = timedelta(days=3)


class AccountError(ValueError):
    """An account cannot be made or found. Its text ends with what an operator types; `on_page` is as a page says it."""

    def __init__(self, fault: str, *, by_command: str = "", by_page: str = "") -> None:
        super().__init__(f"{fault}{by_command}")
        self.on_page = f"{fault[:1].upper()}{fault[1:]}{by_page}"


@dataclass(frozen=True, slots=True)
class Invited:
    """An account, and the token of the link by which its owner sets it up, once."""

    account: UserAccount
    token: str


async def add_account(
    session: AsyncSession,
    book: PolicyBook,
    person: OwnId,
    name: str | None,
    now: datetime,
    *,
    administrator: bool = False,
    auditor: bool = False,
    by: str | None = None,
) -> Invited:
    """Make an account for a person of the directory. `name` is what they sign in with: by default their email.

    `by`, here and below, is the administrator whom the audit names; None: an operator, by a command.
    """
    recorded = await _recorded(session, book, person)
    known_as = (name or recorded.get("email") or "").strip().lower()
    if not known_as:
        raise AccountError(
            f"{person.id} has no email address: give a name to sign in with", by_command=" by --name", by_page=" below"
        )
    if await accounts.of_person(session, person) is not None:
        raise AccountError(f"{person.id} has an account already", by_command="; see: planwatch user list")
    if await accounts.with_name(session, known_as) is not None:
        raise AccountError(
            "somebody else signs in with that name: give another", by_command=" by --name", by_page=" below"
        )
    account = UserAccount(
        secrets.token_hex(16), *person, known_as, None, None, None, False, None, None, administrator, auditor, now, None
    )
    await accounts.add(session, account)
    await _note(session, account, "account_added", now, by)
    return await _invite(session, account, now)


async def reset_account(session: AsyncSession, name: str, now: datetime, *, by: str | None = None) -> Invited:
    """Begin an account again: password, second factor and passkeys are gone, and all its sessions end at once."""
    account = await _named(session, name)
    await accounts.change(
        session, account.id, password=None, totp=None, totp_counter=None, totp_confirmed=False, disabled_at=None
    )
    await passkeys.forget(session, account.id)
    await viewer_sessions.end_all(session, account.own_id, now)
    await begun.forget(session, account.id)
    await _note(session, account, "account_reset", now, by)
    return await _invite(session, account, now)


async def disable_account(session: AsyncSession, name: str, now: datetime, *, by: str | None = None) -> UserAccount:
    """Let nobody sign in by an account any more, and end its sessions at once."""
    account = await _named(session, name)
    await accounts.change(session, account.id, disabled_at=now)
    await viewer_sessions.end_all(session, account.own_id, now)
    await begun.forget(session, account.id)
    await _note(session, account, "account_disabled", now, by)
    return account


async def set_up_account(
    session: AsyncSession, token: str, password_hash: str, counter: int, now: datetime
) -> UserAccount | None:
    """End an invitation: its owner has chosen a password, and shown a code. None: it was ended already."""
    invitation = await begun.take(session, INVITATION, token, now)
    account = await accounts.find(session, invitation.account) if invitation and invitation.account else None
    if invitation is None or account is None or account.disabled_at is not None:
        return None
    secret = invitation.data["totp"]
    await accounts.change(
        session, account.id, password=password_hash, totp=secret, totp_counter=counter, totp_confirmed=True
    )
    await viewer_sessions.end_all(session, account.own_id, now)
    await _note(session, account, "account_set_up", now)
    return account


async def _invite(session: AsyncSession, account: UserAccount, now: datetime) -> Invited:
    secret = second_factor.new_secret()
    return Invited(account, await begun.begin(session, INVITATION, now, INVITED_FOR, account.id, totp=secret))


async def _named(session: AsyncSession, name: str) -> UserAccount:
    account = await accounts.with_name(session, name)
    if account is None:
        raise AccountError("nobody signs in with that name", by_command="; see: planwatch user list")
    return account


async def _recorded(session: AsyncSession, book: PolicyBook, person: OwnId) -> dict[str, str]:
    if person.authority not in book.authorities:
        raise AccountError(f"no policy is in force for '{person.authority}'")
    raws = [raw["data"] for raw in await events.of_persons(session, {person}) if raw["type"] == "person.recorded"]
    if not raws:
        fault = f"nobody is recorded as {person.id} in {person.authority}"
        raise AccountError(fault, by_command=": send a person.recorded first")
    if raws[-1]["kind"] in ("family", "child"):
        raise AccountError(f"{person.id} is recorded as {raws[-1]['kind']}: only workers and partners sign in")
    return dict(raws[-1])


async def _note(session: AsyncSession, account: UserAccount, action: str, now: datetime, by: str | None = None) -> None:
    await audit.add(session, AuditEntry(now, account.authority, by, action, about=account.person))
