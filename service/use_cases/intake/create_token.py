"""Create a token: it is shown once, and only its hash is kept."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from config.database import Sessions, transaction
from service.domain.policy import PolicyBook
from service.store import tokens


class UnknownAuthorityError(ValueError):
    """There is no policy for an authority of this name."""

    def __init__(self, authority: str, authorities: frozenset[str]) -> None:
        super().__init__(f"'{authority}' is not a known authority; known are {', '.join(sorted(authorities))}")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token's name, by which it is revoked, and the secret that its holder sends."""

    id: str
    secret: str


async def create_token(sessions: Sessions, book: PolicyBook, authority: str, now: datetime) -> NewToken:
    """Make a token that may write the events of one authority; UnknownAuthorityError where there is none such."""
    if authority not in book.authorities:
        raise UnknownAuthorityError(authority, book.authorities)
    # 256 bits of chance each: nobody guesses them, and a plain hash is enough to keep.
    token = NewToken(id=f"tok-{secrets.token_hex(4)}", secret=f"planwatch-{secrets.token_urlsafe(32)}")
    async with transaction(sessions) as session:
        await tokens.add(session, token.id, token.secret, authority, now)
    return token
