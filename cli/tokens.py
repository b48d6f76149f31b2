"""`planwatch token`: create, list and revoke the tokens that let a system send events over HTTP."""

from datetime import date, datetime

from rich.markup import escape

from cli.console import err, out
from cli.database import with_database
from cli.faults import CommandError
from cli.policies_in_force import book_in_force
from config.database import Sessions, reading, transaction
from service.store import tokens
from service.store.tokens import Token
from service.use_cases.intake.create_token import NewToken, create_token


def create(authority: str, name: str | None, ends_on: date | None) -> None:
    """Create a token and print it; only its hash is stored."""

    async def make(sessions: Sessions, now: datetime) -> NewToken:
        return await create_token(sessions, await book_in_force(sessions), authority, now, name=name, ends_on=ends_on)

    token = with_database(make)
    # The token alone on standard output, so that a script can take it as it is.
    print(token.secret)
    end = f" until the end of {ends_on:%d %b %Y}" if ends_on else ""
    err.print(
        f"This is shown once. It writes events of {authority} alone{end}; end it with: planwatch token revoke "
        f"{token.name}"
    )


def show_all() -> None:
    """Print all tokens ever created, with those that have ended."""

    async def everything(sessions: Sessions, now: datetime) -> tuple[list[Token], datetime]:
        async with reading(sessions) as session:
            return await tokens.everything(session), now

    listed, now = with_database(everything)
    if not listed:
        out.print("There are none. Make one with: planwatch token create --authority NAME --name SYSTEM")
    for token in listed:
        colour = "green" if token.is_good(now) else "red"
        out.print(f"[bold]{escape(token.name)}[/] of {token.authority}: [{colour}]{_standing(token, now)}[/]")
        out.print(f"    made {_moment(token.created_at)}, {_use(token)}")


def _standing(token: Token, now: datetime) -> str:
    if token.revoked_at is not None:
        return f"revoked {_moment(token.revoked_at)}"
    if token.ends_on is None:
        return "good, without an end"
    verb = "good until" if token.is_good(now) else "ended with"
    return f"{verb} {token.ends_on:%d %b %Y}"


def _use(token: Token) -> str:
    used = f"last used {_moment(token.used_at)}" if token.used_at else "not used yet"
    return used + (f", and sent after its end {_moment(token.refused_at)}" if token.refused_at else "")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def revoke(name: str) -> None:
    """Revoke a token; `CommandError` if no live token has this name."""

    async def end(sessions: Sessions, now: datetime) -> bool:
        async with transaction(sessions) as session:
            return await tokens.revoke(session, name, now)

    if not with_database(end):
        raise CommandError(f"there is no token {name} that could be revoked; see: planwatch token list")
    out.print(f"{escape(name)} is of no more use.")
