"""The settings and the policies: what is set, which providers serve each channel, whether the policies can be used."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from cli.doctor.report import CheckResult
from config.clock import SystemClock
from config.env_file import PREFIX, set_by_kubernetes
from config.settings import LOOPBACK, Settings
from notifications.channels.spec import Channel
from notifications.providers.sender import Senders
from notifications.providers.senders import make_senders, needed_for
from service.domain.calendar import local_day
from service.domain.live_policies import to_read_again
from service.domain.policy import PolicyBook
from service.files.policy_folder import read_policies
from service.policy_tools.warnings import review_day


async def check_settings(settings: Settings) -> Sequence[CheckResult]:
    """Report the names of the settings in use, never a value, and the providers of each channel in their order."""
    names = [name.upper() for name in type(settings).model_fields if name in settings.model_fields_set]
    finding = f"can be used; set: {', '.join(names)}" if names else "none is set: all as usual"
    senders = make_senders(settings)
    needed = [channel for channel in Channel if channel in senders or not channel.spec.optional]
    channels = [_channel(channel, senders) for channel in needed]
    return [CheckResult("settings", finding), *channels, *_listed_recipients(len(settings.only_to)), *_of_kubernetes()]


def _channel(channel: Channel, senders: Senders) -> CheckResult:
    names = [str(getattr(sender, "name", "")) for sender in senders.get(channel, ())]
    if not names:
        remedy = f"set {', or '.join(needed_for(channel))}"
        other = channel.spec.without
        if other is None or other not in senders:
            return CheckResult(channel.spec.words, "no provider is set up: none is sent", remedy)
        finding = f"no provider is set up: none is sent, and alerts go by {other.spec.words} alone"
        return CheckResult(channel.spec.words, finding, remedy, advisory=True)
    fallbacks = "".join(f", and by {name} when that is down" for name in names[1:])
    return CheckResult(channel.spec.words, f"by {names[0]}{fallbacks}")


def _listed_recipients(number: int) -> Iterator[CheckResult]:
    if number:
        finding = f"only {number} are sent anything, as {PREFIX}ONLY_TO lists them"
        remedy = f"empty {PREFIX}ONLY_TO where this is not a system to try things out with"
        yield CheckResult("recipients", finding, remedy, advisory=True)


def _of_kubernetes() -> Iterator[CheckResult]:
    injected = set_by_kubernetes(list(os.environ))
    if injected:
        finding = f"{len(injected)} variables are Kubernetes's, for a service named planwatch: they set nothing"
        remedy = "nothing needs to be done; enableServiceLinks: false in the pod's specification keeps them away"
        yield CheckResult("settings", finding, remedy, advisory=True)


async def check_pages(settings: Settings) -> Sequence[CheckResult]:
    """Whether people can sign in to the pages: under which address, and over which line."""
    if settings.public_url is None:
        remedy = f"set {PREFIX}PUBLIC_URL to the https:// address at which browsers reach planwatch"
        return [CheckResult("pages", "nobody can sign in but on this machine", remedy, advisory=True)]
    address = urlsplit(settings.public_url)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        remedy = f"put a proxy with a certificate in front, and set {PREFIX}PUBLIC_URL to its https:// address"
        return [CheckResult("pages", "nobody can sign in: browsers come by http", remedy, advisory=True)]
    if address.path:
        remedy = f"serve the pages at the root of a name of their own, and set {PREFIX}PUBLIC_URL to it"
        return [CheckResult("pages", "the address has a path, under which no page is served", remedy, advisory=True)]
    line = "over https" if address.scheme == "https" else "on this machine alone"
    return [CheckResult("pages", f"people sign in {line}")]


async def check_policies(settings: Settings) -> Sequence[CheckResult]:
    """Check the policy files as of today: those that are built in, and those of the folder of the settings."""
    return await asyncio.to_thread(policy_results, settings.policies, local_day(SystemClock().now()))


def policy_results(folder: Path | None, today: date) -> Sequence[CheckResult]:
    """Report the faults of all policy files (folder None: the built-in ones); if none, documents due for review."""
    files = read_policies(folder)
    if files.faults:
        remedy = f"mend {files.faults[0]}; see: planwatch policy check"
        return [CheckResult("policies", f"{len(files.faults)} faults", remedy)]
    place = f", those of {', '.join(sorted(files.outside))} from {folder}" if files.outside else ""
    finding = f"of {', '.join(sorted(files.book.authorities))}{place}"
    return [CheckResult("policies", finding), *_past_review(files.book, today), *_to_read_again(files.book, today)]


def _to_read_again(book: PolicyBook, today: date) -> Iterator[CheckResult]:
    for authority in sorted(book.authorities):
        for title, day in to_read_again(book.versions(authority)[-1], today):
            finding = f"{authority}: {title} was to be read again on {day}"
            remedy = "compare the rules with its newest edition, and give the file its next day"
            yield CheckResult("policies", finding, remedy, advisory=True)


def _past_review(book: PolicyBook, today: date) -> Iterator[CheckResult]:
    for authority in sorted(book.authorities):
        review_by = review_day(book.versions(authority)[-1].document.review_by)
        if review_by is not None and review_by < today:
            finding = f"{authority}: its document was to be reviewed by {review_by}"
            remedy = "ask the authority for the newer one; the rules stay in force meanwhile"
            yield CheckResult("policies", finding, remedy, advisory=True)
