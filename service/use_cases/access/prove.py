"""Whether somebody is who they say: by password, then by code. Guesses are refused before anything is computed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from config.database import Sessions, reading, transaction
from service.store import accounts, sign_in_failures
from service.store.accounts import UserAccount
from service.store.sign_in_failures import key_of
from service.use_cases.access import passwords, second_factor

# In a quarter of an hour. Whoever comes with a device that the owner has signed in from is counted apart from
# strangers, so that nobody's guesses keep the owner out.
_MOST = {"name": 10, "device": 10, "peer": 200, "code": 5}
_LONGEST_NAME = 254

Verdict = Literal["wrong", "too_many"]


@dataclass(frozen=True, slots=True)
class Tried:
    """Who tries to sign in: by which name, from which address, and whose device it is, if that is known."""

    name: str
    peer: str
    device_of: str | None = None


async def prove_password(sessions: Sessions, tried: Tried, password: str, now: datetime) -> UserAccount | Verdict:
    """The account whose name and password these are; or that they are wrong, or that there were too many tries."""
    name = tried.name.strip().lower()[:_LONGEST_NAME]
    async with reading(sessions) as session:
        account = await accounts.with_name(session, name)
    is_known = account is not None and account.id == tried.device_of
    of_peer, of_name = key_of("peer", tried.peer), key_of("device" if is_known else "name", name)
    if not await _may_try(sessions, [of_peer, of_name], now):
        return "too_many"
    stored = account.password if account is not None and account.disabled_at is None else None
    if not await passwords.matches(stored, password) or account is None or not account.totp_confirmed:
        return "wrong"
    async with transaction(sessions) as session:
        await sign_in_failures.forgive(session, of_name)
        await sign_in_failures.take_back(session, of_peer)
    return account


async def prove_own_password(sessions: Sessions, account: UserAccount, password: str, now: datetime) -> Verdict | None:
    """None: it is the password of this account, whose owner is signed in; else what is wrong."""
    of_owner = key_of("device", account.name)
    if not await _may_try(sessions, [of_owner], now):
        return "too_many"
    if not await passwords.matches(account.password, password):
        return "wrong"
    async with transaction(sessions) as session:
        await sign_in_failures.forgive(session, of_owner)
    return None


async def prove_code(sessions: Sessions, account: UserAccount, code: str, now: datetime) -> Verdict | None:
    """None: it is the second factor's code of this moment, and was not used before."""
    of_code = key_of("code", account.id)
    if not await _may_try(sessions, [of_code], now):
        return "too_many"
    counter = second_factor.counter_of(account.totp or "", code, now) if account.totp else None
    async with transaction(sessions) as session:
        if counter is None or not await accounts.use_totp(session, account.id, counter):
            return "wrong"
        await sign_in_failures.forgive(session, of_code)
    return None


async def _may_try(sessions: Sessions, keys: list[str], now: datetime) -> bool:
    """Count a try under each key, unless there were too many: that is found out by reading alone."""
    async with reading(sessions) as session:
        before = await sign_in_failures.numbers(session, keys, now)
    if any(before.get(key, 0) >= _most(key) for key in keys):
        return False
    async with transaction(sessions) as session:
        counted = [await sign_in_failures.count(session, key, now) for key in sorted(keys)]
    return all(number <= _most(key) for number, key in zip(counted, sorted(keys), strict=True))


def _most(key: str) -> int:
    return _MOST[key.partition(":")[0]]
