"""The subcommands of `planwatch token`; what they do is imported only when one of them runs."""

from datetime import datetime
from typing import Annotated

import typer

from cli.faults import plainly

token_app = typer.Typer(help="Say who may send events over HTTP.", no_args_is_help=True, rich_markup_mode=None)


@token_app.command("create", epilog="Example: planwatch token create --authority AUTHORITY --name case-system")
def token_create(
    authority: Annotated[str, typer.Option(help="Whose events the token may write.")],
    name: Annotated[
        str | None, typer.Option(help="What it is called by; every event says which token brought it.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The last day on which it is good; by default no end."),
    ] = None,
) -> None:
    """Make a token, and show it this once."""
    with plainly():
        from cli.tokens import create

        create(authority, name, until.date() if until else None)


@token_app.command("list", epilog="Example: planwatch token list")
def token_list() -> None:
    """List the tokens with their ends and last uses.

    What would let anybody use them is not shown.
    """
    with plainly():
        from cli.tokens import show_all

        show_all()


@token_app.command("revoke", epilog="Example: planwatch token revoke case-system")
def token_revoke(name: Annotated[str, typer.Argument(help="The token's name, as `token list` shows it.")]) -> None:
    """End a token at once."""
    with plainly():
        from cli.tokens import revoke

        revoke(name)
