"""Passwords: hashed in a thread, so that requests go on meanwhile, and only a few at once, since each takes memory."""

import asyncio
import hashlib
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 256  # letters
DIGEST = 6  # bytes that are kept of each: one password in a hundred thousand million is taken for a leaked one
_FEWEST_DIFFERENT = 5
_OF_ALL = ("planwatch", "safety plan", "safetyplan")  # words that a thief expects in a password here
_AT_ONCE = asyncio.Semaphore(2)
_hasher = PasswordHasher()


def weakness(password: str, name: str, authority: str) -> str | None:
    """What is wrong with a new password, for whoever chooses it in an authority; None: nothing."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"Choose a password of at least {SHORTEST} letters: three or four words are easy to remember"
    plain = password.casefold()
    owner = name.partition("@")[0].casefold()
    of_council = (authority.replace("_", " "), authority.replace("_", ""))
    if any(len(word) > 2 and word in plain for word in (*_OF_ALL, *of_council, owner)):
        return "Choose a password without your name, your council’s, planwatch or safety plan"
    if _digest(plain) in _leaked():
        return "Many people have that password, and thieves try it first. Choose another"
    if len(set(plain)) < _FEWEST_DIFFERENT:
        return "Choose a password that does not repeat the same few letters"
    return None


@cache
def _leaked() -> frozenset[bytes]:
    """What is kept of the passwords that leaked most often. `tests/documents/leaked_passwords.py` makes the file."""
    content = (Path(__file__).parent / "leaked_passwords.bin").read_bytes()
    return frozenset(content[start : start + DIGEST] for start in range(0, len(content), DIGEST))


def _digest(plain: str) -> bytes:
    return hashlib.sha256(plain.encode()).digest()[:DIGEST]


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
