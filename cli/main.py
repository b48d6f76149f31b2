"""The command `planwatch` and all its subcommands; each one's module is imported only when it runs."""

import os
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.faults import CommandError, plainly
from cli.options import Policies, PolicyFiles
from cli.token_commands import token_app
from cli.user_commands import user_app
from config.garbage import collect_nothing

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,  # the library that draws frames takes as long to load as all the rest of `--help`
    pretty_exceptions_enable=False,  # its frames show local variables, and those may hold what is known of a child
    context_settings={"help_option_names": ["-h", "--help"]},
)
db_app = typer.Typer(help="Look after the database.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(token_app, name="token")
app.add_typer(db_app, name="db")
app.add_typer(user_app, name="user")


class Format(StrEnum):
    """How a timeline is printed."""

    TEXT = "text"
    JSONL = "jsonl"


Files = Annotated[
    list[Path], typer.Argument(help="Files of events: .jsonl (an event a line) or .csv.", metavar="FILE...")
]

Strict = Annotated[bool, typer.Option("--strict", help="End with status 1 where a line was refused.")]


@app.command(epilog="Example: planwatch run --port 8080      Try it without any settings: planwatch run --demo")
def run(
    host: Annotated[str | None, typer.Option(help="The address to listen on [PLANWATCH_HTTP_HOST].")] = None,
    port: Annotated[
        int | None,
        typer.Option(help="The port to listen on [PLANWATCH_HTTP_PORT]; 0: any that is free.", min=0, max=65535),
    ] = None,
    web: Annotated[bool, typer.Option("--web", help="Only serve; another process does what is due.")] = False,
    work: Annotated[bool, typer.Option("--work", help="Only do what is due; serve nobody.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Show it on a made-up caseload; sends to nobody.")] = False,
    speed: Annotated[float | None, typer.Option(help="How many seconds pass in one (with --demo).", min=1)] = None,
) -> None:
    """Run the service: it takes events and tells people what is due."""
    with plainly():
        if web and work:
            raise CommandError("--web and --work together are what it does by itself: leave both out.")
        if speed is not None and not demo:
            raise CommandError("--speed is for the demonstration: add --demo. The service runs by the real clock.")
        if demo:
            from cli.demo.run import SPEED, run_demo

            run_demo(SPEED if speed is None else speed, 8000 if port is None else port)
        else:
            from cli.run import ProcessKind, run_service

            run_service(ProcessKind.of(web=web, work=work), host, port)


@app.command(epilog="Example: planwatch ingest caseload.jsonl staff.csv")
def ingest(files: Files, strict: Strict = False) -> None:
    """Take files of events. What is refused goes to FILE.rejected.jsonl, with the reason; the rest goes in."""
    collect_nothing()  # until libraries, policies and tables are read, which stay; from then on, seldom
    with plainly():
        from cli.ingest import ingest_files
        from cli.refused import tell_refused

        tell_refused(ingest_files(files), strict)


@app.command(epilog="Example: planwatch simulate plan.jsonl --until 2026-12-31 --format jsonl")
def simulate(
    files: Files,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="The last day; by default a year after the last event."
        ),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = Format.TEXT,
    policy: PolicyFiles = None,
    policies: Policies = None,
    workers: Annotated[
        int, typer.Option(help="Processes at work, each on one authority's events at a time.", metavar="N", min=1)
    ] = 1,
    strict: Strict = False,
) -> None:
    """Say what these events would come to. Sends nothing.

    Prints what would be owed and told, to whom and when.
    """
    collect_nothing()
    with plainly():
        from cli.policies import book_of_files
        from cli.refused import tell_refused
        from cli.simulate import simulate as simulate_files

        book = book_of_files(policies, policy or ())
        tell_refused(simulate_files(files, until.date() if until else None, output.value, book, workers), strict)


@app.command(epilog="Example: planwatch explain 3f0c9b2d41e84a6c9f1f2f7c55a0b8de")
def explain(message_id: Annotated[str, typer.Argument(help="The id of a message, as the pages show it.")]) -> None:
    """Say why a message was sent.

    Prints the rule, the clock, the sum with its days, the facts, and the recipient's role.
    """
    with plainly():
        from cli.explain import explain as explain_message

        explain_message(message_id)


def _policy_commands(incomplete: str) -> list[str]:
    """What a shell may offer behind `planwatch policy`."""
    from cli.policy import app as policy_app

    names = (command.name or "" for command in policy_app.registered_commands)
    return [name for name in names if name.startswith(incomplete)]


@app.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
def policy(
    context: typer.Context, words: Annotated[list[str] | None, typer.Argument(autocompletion=_policy_commands)] = None
) -> None:
    """Write, check, test, read and compare policies.

    Its commands: new, check, test, show, coverage, diff, enforce.
    """
    with plainly():
        # This module holds its own commands and options, and is slow to load.
        from cli.policy import app as policy_app

        policy_app(args=words or [], prog_name=f"{context.command_path}")


@db_app.command("upgrade", epilog="Example: planwatch db upgrade")
def db_upgrade() -> None:
    """Bring the database up to date. `run` and `ingest` do it by themselves."""
    with plainly():
        from cli.database import upgrade

        upgrade()


@app.command(epilog="Example: planwatch backup /backups/planwatch.backup      planwatch backup /backups --keep 14")
def backup(
    file: Annotated[Path, typer.Argument(help="A file, or a folder in which it gets a name with the time.")],
    keep: Annotated[int | None, typer.Option(help="How many stay in the folder.", min=1)] = None,
) -> None:
    """Copy the database, in use or not, and prove the copy whole."""
    with plainly():
        from cli.backup import back_up

        back_up(file, keep)


@app.command(epilog="Example: planwatch export AUTHORITY events.jsonl")
def export(
    authority: Annotated[str, typer.Argument(help="Whose events.")],
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.")],
) -> None:
    """Write one authority's events to a file, as they came.

    `simulate` and `ingest` take it: the same events give the same plans.
    """
    with plainly():
        from cli.export import export as export_events

        export_events(authority, file)


Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command(epilog="Example: planwatch erase AUTHORITY")
def erase(authority: Annotated[str, typer.Argument(help="Its name.")], yes: Yes = False) -> None:
    """Erase one authority: all that is stored of it.

    Says first what would go, table by table, and asks for the name once more. Every planwatch must be stopped.
    """
    with plainly():
        from cli.erase import erase as erase_all

        erase_all(authority, sure=yes)


@app.command(epilog="Example: planwatch restore /backups/planwatch.backup --replace")
def restore(
    file: Annotated[Path, typer.Argument(help="What `planwatch backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put the database that is there aside, and keep it.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only say whether the backup is whole.")] = False,
) -> None:
    """Put a backup in the place of the database. Nothing is sent from it until somebody lets it go."""
    with plainly():
        from cli.backup import restore as put_back

        put_back(file, replace=replace, check=check)


@app.command(epilog="Example: planwatch bounces returned.mbox")
def bounces(
    files: Annotated[list[Path], typer.Argument(help="An mbox, or files with one email.", metavar="FILE...")],
) -> None:
    """Read email that came back, so that what did not arrive is told.

    With PLANWATCH_BOUNCES the service does it by itself.
    """
    with plainly():
        from cli.bounces import take_files

        take_files(files)


@app.command(epilog="Example: planwatch sentinel --once")
def sentinel(
    once: Annotated[
        bool, typer.Option("--once", help="Look once, print what is found, end with 1 if it is bad.")
    ] = False,
    parent: Annotated[int | None, typer.Option("--child-of", hidden=True)] = None,
) -> None:
    """Watch the service from outside; `run` starts this by itself.

    Finds what is due and not sent, alerts that lead nowhere, and the like.
    """
    with plainly():
        from cli.sentinel import watch

        watch(once=once, parent=parent)


@app.command(epilog="Example: planwatch doctor      In a script: planwatch doctor && planwatch run")
def doctor() -> None:
    """Check the settings and what they point to; say what to mend."""
    with plainly():
        from cli.doctor.examine import examine

        examine()


Output = Annotated[Format, typer.Option("--format", help="For people or for programs.")]
Authority = Annotated[str | None, typer.Option(help="Only of this authority.", metavar="AUTHORITY")]


@app.command(epilog="Example: planwatch plan P-1001      For programs: planwatch plan P-1001 --format jsonl")
def plan(
    reference: Annotated[str, typer.Argument(help="The plan's reference.", metavar="REF")],
    authority: Annotated[
        str | None, typer.Option(help="Whose plan, where several authorities have one of it.", metavar="AUTHORITY")
    ] = None,
    past: Annotated[bool, typer.Option("--past", help="Also what is done, cancelled or replaced.")] = False,
    output: Output = Format.TEXT,
) -> None:
    """Print how a plan stands now.

    Shows what is owed by whom, alerts, problems, check-ins, and what was held back.
    """
    with plainly():
        from cli.plan import show

        show(reference, authority, output.value, past=past)


@app.command(epilog="Example: planwatch alerts      All of one plan: planwatch alerts P-1001")
def alerts(
    plan: Annotated[str | None, typer.Argument(help="All alerts of this plan, ended ones too.", metavar="REF")] = None,
    authority: Authority = None,
    output: Output = Format.TEXT,
) -> None:
    """Print the open alerts about crossed bottom lines.

    Shows who has acknowledged, who has not, and who comes next.
    """
    with plainly():
        from cli.alerts import show

        show(plan, authority, output.value)


@app.command(epilog="Example: planwatch problems      Of one council: planwatch problems --authority AUTHORITY")
def problems(authority: Authority = None, output: Output = Format.TEXT) -> None:
    """Print what a person has still to mend.

    Shows roles that nobody holds, missing dates, and events that look wrong.
    """
    with plainly():
        from cli.problems import show

        show(authority, output.value)


@app.command(epilog="Example: planwatch overdue --team w-tm      What one person owes: planwatch overdue --worker w-17")
def overdue(
    team: Annotated[str | None, typer.Option(help="A team manager's id: that team's plans.", metavar="REF")] = None,
    worker: Annotated[str | None, typer.Option(help="A person's id: what that person owes.", metavar="REF")] = None,
    authority: Authority = None,
    output: Output = Format.TEXT,
) -> None:
    """Print what is overdue, the longest first."""
    with plainly():
        from cli.overdue import show

        show(team, worker, authority, output.value)


@app.command(epilog="Example: planwatch docs settings      Which there are: planwatch docs")
def docs(name: Annotated[str | None, typer.Argument(help="A document's name, like settings.")] = None) -> None:
    """Print a document: settings, operations, policies and so on.

    An installed planwatch carries them.
    """
    with plainly():
        from cli.docs import show

        show(name)


alert_app = typer.Typer(
    help="Record that somebody has an alert; `alerts` shows who.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(alert_app, name="alert")


@alert_app.command("acknowledge", epilog="Example: planwatch alert acknowledge P-1001 --by w-17")
def alert_acknowledge(
    plan: Annotated[str, typer.Argument(help="The plan's reference.")],
    by: Annotated[str, typer.Option(metavar="PERSON", help="The id of the person who has the alert.")],
    alert: Annotated[str | None, typer.Option(metavar="EVENT", help="Which alert, where the plan has several.")] = None,
) -> None:
    """Record that a person has an alert, as if that person had replied to the text."""
    with plainly():
        from cli.alerts import acknowledge

        acknowledge(plan, by, alert)


Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever asks later. No person's data.")]


@app.command(epilog='Example: planwatch hold --reason "wrong staff list came in"')
def hold(reason: Reason = "") -> None:
    """Send nothing at all, alerts neither, until `release`.

    What is due is kept.
    """
    with plainly():
        from cli.suspensions import begin
        from notifications.outbox.suspension import Kind

        begin(Kind.HOLD, reason)


@app.command(epilog='Example: planwatch pause --for 2h --reason "moving the mail server"')
def pause(
    period: Annotated[str | None, typer.Option("--for", metavar="TIME", help="How long: 30m, 2h, 1d.")] = None,
    reason: Reason = "",
) -> None:
    """Send only what is urgent: bottom-line alerts go on.

    Lasts until `planwatch release`, or for the time that --for gives.
    """
    with plainly():
        from cli.suspensions import begin
        from notifications.outbox.suspension import Kind

        begin(Kind.PAUSE, reason, period)


@app.command(epilog="Example: planwatch release      Without being asked: planwatch release --yes")
def release(yes: Yes = False) -> None:
    """End every hold and pause: say what waits, ask, and let it go."""
    with plainly():
        from cli.suspensions import let_go

        let_go(sure=yes)


def _print_version(show_version: bool) -> None:
    if show_version:
        from importlib.metadata import version

        typer.echo(f"planwatch {version('planwatch')}")
        raise typer.Exit


@app.callback()
def everything(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Watches the events of children's safety plans, works out what is owed by whom and when, and tells them."""


def main() -> None:
    """Run the command; the installed script calls this."""
    # Whatever it writes holds facts about children: nobody else on the machine may read it.
    os.umask(0o077)
    # planwatch has no plugins for pydantic, which would look for some in every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    app(prog_name="planwatch")
