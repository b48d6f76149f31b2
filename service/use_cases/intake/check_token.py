"""Check a token that came with a request, and note now and then that it is in use."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from config.database import Sessions, reading, transaction
from service.store import tokens
from service.store.tokens import NOTED_EVERY, Token


async def check_token(sessions: Sessions, secret: str) -> Token | None:
    """The token with this secret, which may have ended; None if there never was one."""
    async with reading(sessions) as session:
        return await tokens.find(session, secret)


async def note_token(sessions: Sessions, token: Token, now: datetime) -> None:
    """Note that a token was sent, unless that was noted a short while ago. It may wait for whoever is writing."""
    note, noted_at = (tokens.used, token.used_at) if token.is_good(now) else (tokens.refused, token.refused_at)
    if noted_at is None or noted_at <= now - NOTED_EVERY:
        # What comes with the token is worth more than this note.
        with suppress(DBAPIError, OSError):
            async with transaction(sessions) as session:
                await note(session, token.name, now)
