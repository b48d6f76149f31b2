"""All checks, asked at the same time, and printed in their order."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from rich.markup import escape

from cli.console import out
from cli.doctor import bounces, callbacks, certificates, channels, clock, database, disk, heartbeat, policies, providers
from cli.doctor.checked import Checked
from config.settings import Settings, SettingsError

_PATIENCE = 8.0  # seconds for one check
Check = Callable[[Settings], Awaitable[Sequence[Checked]]]


def examine() -> None:
    """Print a line for each check, and end with status 1 if the service cannot do its work."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        found = [Checked("settings", fault, "correct it in the environment or in .env") for fault in error.faults]
    else:
        found = asyncio.run(_all(settings))
    sys.exit(_printed(found))


async def _all(settings: Settings) -> list[Checked]:
    found, all_ended = await asked(settings)
    if not all_ended:
        # What waits in a thread, for a name or a disk, cannot be called off, and would be waited for at the end.
        status = _printed(found)
        sys.stdout.flush()
        os._exit(status)
    return found


async def asked(settings: Settings, patience: float = _PATIENCE) -> tuple[list[Checked], bool]:
    """What all checks found, and whether each came to its end within so many seconds."""
    named = [*_CHECKS, *_of_providers(settings)]
    answers = await asyncio.gather(*(_in_time(name, check, settings, patience) for name, check in named))
    found = [one for answer in answers for one in answer or ()]
    late = [name for (name, _), answer in zip(named, answers, strict=True) if answer is None]
    found += [Checked(name, f"does not answer within {patience:g} seconds", _SLOW) for name in late]
    return found, not late


async def _in_time(name: str, check: Check, settings: Settings, patience: float) -> Sequence[Checked] | None:
    """What a check found; None: it did not come to an end."""
    try:
        async with asyncio.timeout(patience):
            return await check(settings)
    except TimeoutError:
        return None
    except Exception as error:  # noqa: BLE001 - a check that fails must not hide what the others find
        return [Checked(name, f"cannot be checked ({type(error).__name__})", "report this: it is a fault of planwatch")]


def _of_providers(settings: Settings) -> list[tuple[str, Check]]:
    return [(name, partial(providers.check, name, sender)) for name, sender in providers.set_up(settings).items()]


def _printed(found: Sequence[Checked]) -> int:
    """Print the lines, and give the status to end with."""
    for one in found:
        out.print(f"{_mark(one)}  {one.check:<12} {escape(one.found)}")
        if one.do:
            out.print(f"      do: {escape(one.do)}")
    return int(any(one.fails for one in found))


def _mark(one: Checked) -> str:
    if one.do is None:
        return "[green]ok[/]  "
    return "[bold red]FAIL[/]" if one.fails else "[yellow]look[/]"


_SLOW = "see whether what PLANWATCH_ settings point to can be reached from this machine, its names and its disk, too"
_CHECKS: Sequence[tuple[str, Check]] = (
    ("settings", channels.check),
    ("policies", policies.check),
    ("clock", clock.check),
    ("database", database.check),
    ("disk", disk.check),
    ("callbacks", callbacks.check),
    ("certificate", certificates.check),
    ("returned", bounces.check),
    ("heartbeat", heartbeat.check),
)
