"""Create a token: it is shown once, and only its hash is kept."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from config.database import Sessions, transaction
from service.domain.calendar import local_day
from service.domain.policy import PolicyBook
from service.store import tokens

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


class UnknownAuthorityError(ValueError):
    """There is no policy for an authority of this name."""

    def __init__(self, authority: str, authorities: frozenset[str]) -> None:
        super().__init__(f"'{authority}' is not a known authority; known are {', '.join(sorted(authorities))}")


class TokenError(ValueError):
    """A token cannot be made with this name or end; the words say why."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token's name, by which it is revoked, and the secret that its holder sends."""

    name: str
    secret: str


async def create_token(
    sessions: Sessions,
    book: PolicyBook,
    authority: str,
    now: datetime,
    name: str | None = None,
    ends_on: date | None = None,
) -> NewToken:
    """Make a token that may write the events of one authority, up to and including the day `ends_on`.

    UnknownAuthorityError where there is none such; TokenError if the name was used before or is no name, or if the end
    has passed. Without a name it gets one of chance.
    """
    if authority not in book.authorities:
        raise UnknownAuthorityError(authority, book.authorities)
    if name is not None and not _NAME.fullmatch(name):
        raise TokenError(f"'{name}' is no name of a token: write 1 to 40 letters without accents, digits and _ . -")
    if ends_on is not None and ends_on < local_day(now):
        raise TokenError(f"{ends_on} has passed: a token is good until a day that is still to come")
    # 256 bits of chance each: nobody guesses them, and a plain hash is enough to keep.
    token = NewToken(name=name or f"tok-{secrets.token_hex(4)}", secret=f"planwatch-{secrets.token_urlsafe(32)}")
    async with transaction(sessions) as session:
        if await tokens.is_taken(session, token.name):
            raise TokenError(
                f"there was a token {token.name} before, and events name it: choose another name (planwatch token list)"
            )
        await tokens.add(session, token.name, token.secret, authority, ends_on, now)
    return token
