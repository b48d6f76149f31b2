"""`planwatch token`: create, list and revoke the tokens that let a system send events over HTTP."""

from datetime import datetime

from rich.table import Table

from cli.console import err, out
from cli.database import with_database
from cli.faults import CommandError
from config.database import Sessions, reading, transaction
from service.files.policy_files import load_policies
from service.store import tokens
from service.use_cases.intake.create_token import create_token


def create(authority: str) -> None:
    """Create a token and print it; only its hash is stored."""
    token = with_database(lambda sessions, now: create_token(sessions, load_policies(), authority, now))
    # The token alone on standard output, so that a script can take it as it is.
    print(token.secret)
    err.print(
        f"This is shown once. It writes events of {authority} alone; end it with: planwatch token revoke {token.id}"
    )


def show_all() -> None:
    """Print all tokens ever created, revoked ones too."""

    async def everything(sessions: Sessions, now: datetime) -> list[tokens.TokenRow]:
        async with reading(sessions) as session:
            return await tokens.everything(session)

    table = Table("token", "authority", "made", "revoked")
    for token in with_database(everything):
        revoked = f"{token.revoked_at:%Y-%m-%d %H:%M} UTC" if token.revoked_at else ""
        table.add_row(token.id, token.authority, f"{token.created_at:%Y-%m-%d %H:%M} UTC", revoked)
    out.print(table if table.row_count else "There are none. Make one with: planwatch token create --authority NAME")


def revoke(token_id: str) -> None:
    """Revoke a token; `CommandError` if no live token has this id."""

    async def end(sessions: Sessions, now: datetime) -> bool:
        async with transaction(sessions) as session:
            return await tokens.revoke(session, token_id, now)

    if not with_database(end):
        raise CommandError(f"there is no token {token_id} that could be revoked; see: planwatch token list")
    out.print(f"{token_id} is of no more use.")
