"""The subcommands of `planwatch user`; what they do is imported only when one of them runs."""

from typing import Annotated

import typer

from cli.faults import plainly

user_app = typer.Typer(help="Say who may sign in to the pages.", no_args_is_help=True, rich_markup_mode=None)
UserName = Annotated[str, typer.Argument(help="The name that they sign in with.", metavar="NAME")]


@user_app.command("add", epilog="Example: planwatch user add AUTHORITY w-17      The first one: add --administrator")
def user_add(
    authority: Annotated[str, typer.Argument(help="Whose directory the person is in.", metavar="AUTHORITY")],
    person: Annotated[str, typer.Argument(help="The person's id, as in person.recorded.", metavar="PERSON")],
    name: Annotated[str | None, typer.Option(help="What they sign in with; by default their email address.")] = None,
    administrator: Annotated[bool, typer.Option("--administrator", help="Sees people, roles and settings.")] = False,
    auditor: Annotated[bool, typer.Option("--auditor", help="Sees the audit.")] = False,
) -> None:
    """Make an account, and print the link by which it is set up."""
    with plainly():
        from cli.users import add

        add(authority, person, name, administrator=administrator, auditor=auditor)


@user_app.command("list", epilog="Example: planwatch user list")
def user_list() -> None:
    """Print all accounts, whose they are, and whether they can be used."""
    with plainly():
        from cli.users import show_all

        show_all()


@user_app.command("reset", epilog="Example: planwatch user reset jo.bloggs@council.example.org")
def user_reset(name: UserName) -> None:
    """Begin an account again: a password or a phone was lost.

    Its sessions end, and a new link is printed.
    """
    with plainly():
        from cli.users import reset

        reset(name)


@user_app.command("disable", epilog="Example: planwatch user disable jo.bloggs@council.example.org")
def user_disable(name: UserName) -> None:
    """Let nobody sign in by an account any more: its owner has left.

    All its sessions end at once.
    """
    with plainly():
        from cli.users import disable

        disable(name)
