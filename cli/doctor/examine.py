"""The run of all checks: they start together, and are printed in a fixed order."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from cli.doctor import database, machine, providers
from cli.doctor import settings as settings_checks
from cli.doctor.report import CheckResult, print_report
from config.settings import Settings, SettingsError

_PATIENCE = 8.0  # seconds for one check
Check = Callable[[Settings], Awaitable[Sequence[CheckResult]]]


def examine() -> None:
    """Print a line for each check, and exit: with status 1 if the service cannot do its work."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        results = [CheckResult("settings", fault, "correct it in the environment or in .env") for fault in error.faults]
    else:
        results = asyncio.run(_run_and_abandon_late(settings))
    sys.exit(print_report(results))


async def _run_and_abandon_late(settings: Settings) -> list[CheckResult]:
    results, all_ended = await run_checks(settings)
    if not all_ended:
        # A thread that waits for a name or a disk cannot be cancelled, and a normal exit would wait for it.
        status = print_report(results)
        sys.stdout.flush()
        os._exit(status)
    return results


async def run_checks(settings: Settings, patience: float = _PATIENCE) -> tuple[list[CheckResult], bool]:
    """Run all checks at the same time, each for `patience` seconds at most; return results and whether all ended."""
    checks = [*_CHECKS, *_provider_checks(settings)]
    outcomes = await asyncio.gather(*(_in_time(name, check, settings, patience) for name, check in checks))
    results = [result for outcome in outcomes for result in outcome or ()]
    late = [name for (name, _), outcome in zip(checks, outcomes, strict=True) if outcome is None]
    results += [CheckResult(name, f"does not answer within {patience:g} seconds", _SLOW) for name in late]
    return results, not late


async def _in_time(name: str, check: Check, settings: Settings, patience: float) -> Sequence[CheckResult] | None:
    """The results of a check; None if it did not end in time."""
    try:
        async with asyncio.timeout(patience):
            return await check(settings)
    except TimeoutError:
        return None
    except Exception as error:  # noqa: BLE001 - a check that fails must not hide the results of the others
        fault = f"cannot be checked ({type(error).__name__})"
        return [CheckResult(name, fault, "report this: it is a fault of planwatch")]


def _provider_checks(settings: Settings) -> list[tuple[str, Check]]:
    senders = providers.senders_by_name(settings)
    return [(name, partial(providers.check_provider, name, sender)) for name, sender in senders.items()]


_SLOW = "see whether what PLANWATCH_ settings point to can be reached from this machine, its names and its disk, too"
_CHECKS: Sequence[tuple[str, Check]] = (
    ("settings", settings_checks.check_settings),
    ("policies", settings_checks.check_policies),
    ("pages", settings_checks.check_pages),
    ("clock", machine.check_clock),
    ("database", database.check_database),
    ("disk", machine.check_disk),
    ("files", machine.check_modes),
    ("callbacks", providers.check_callbacks),
    ("certificate", machine.check_certificates),
    ("returned", providers.check_returned_email),
    ("heartbeat", machine.check_heartbeat),
)
