"""Passwords: hashed in a thread, so that requests go on meanwhile, and only a few at once, since each takes memory."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 256  # letters
_FEWEST_DIFFERENT = 5
_AT_ONCE = asyncio.Semaphore(2)
_hasher = PasswordHasher()


def weakness(password: str, name: str) -> str | None:
    """What is wrong with a new password, for whoever chooses it; None: nothing."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"Choose a password of at least {SHORTEST} letters: three or four words are easy to remember"
    plain = password.casefold()
    owner = name.partition("@")[0].casefold()
    if "planwatch" in plain or (len(owner) > 2 and owner in plain):
        return "Choose a password without your name and without planwatch"
    if len(set(plain)) < _FEWEST_DIFFERENT:
        return "Choose a password that does not repeat the same few letters"
    return None


async def hashed(password: str) -> str:
    """What is kept of a password."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password. Where none is kept, it takes as long to say no."""
    async with _AT_ONCE:
        is_it = await asyncio.to_thread(_verify, stored or _nobodys(), password)
    return is_it and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
