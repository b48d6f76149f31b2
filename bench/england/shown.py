"""A country's year for people to read."""

import statistics
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from bench.england.authority_year import PLANS
from bench.england.machines import CORES, Rates, needs
from bench.england.year_told import Told

_WORKING_DAYS = 250


def show(told: Told, of_each: Mapping[int, Told], rates: Rates, *, wall: float, peak: float, workers: int) -> None:
    """The figures: what it took, messages by kind, hour and authority, and what England needs."""
    console = Console()
    for table in (_by_kind(told), _by_hour(told), _by_authority(of_each)):
        console.print(table)
    total = told.messages.total()
    console.print(f"{told.plans:,} plans, {told.events:,} events, {told.looks:,} looks, {total:,} messages")
    console.print(
        f"in {wall:,.0f} s on {workers} processes; processor: {told.processor:,.0f} s,"
        f" {told.processor / told.plans * 1000:.1f} ms a plan's year; largest process: {peak:,.0f} MB"
    )
    minute, most = told.minutes.most_common(1)[0]
    console.print(f"busiest minute: {minute}, {most:,} messages ({most * PLANS / told.plans:,.0f} for all of England)")
    _show_workers(console, told)
    _show_needs(console, told, rates)


def _by_kind(told: Told) -> Table:
    table = Table("messages", "number", "a plan and year")
    for kind, number in told.messages.most_common():
        table.add_row(kind, f"{number:,}", f"{number / told.plans:.2f}")
    return table


def _by_hour(told: Told) -> Table:
    table = Table("hour", "number", "of all messages")
    for hour in sorted(told.hours):
        table.add_row(f"{hour:02}:00", f"{told.hours[hour]:,}", f"{told.hours[hour] / told.messages.total():.1%}")
    return table


def _by_authority(of_each: Mapping[int, Told]) -> Table:
    table = Table("authority", "plans", "social workers", "messages", "a plan and year", "busiest minute")
    for number, told in sorted(of_each.items()):
        total, (minute, most) = told.messages.total(), (told.minutes.most_common(1) or [("none", 0)])[0]
        figures = (f"{told.plans:,}", f"{told.workers:,}", f"{total:,}", f"{total / told.plans:.2f}")
        table.add_row(str(number), *figures, f"{minute}: {most:,}")
    totals = [told.messages.total() for told in of_each.values()]
    table.caption = f"median of an authority: {statistics.median(totals):,.0f} messages"
    return table


def _show_workers(console: Console, told: Told) -> None:
    days = told.by_person_and_day
    reminders = sum(number * times for number, times in days.items())
    console.print(
        f"reminders to somebody on a day with any: {reminders / days.total():.1f} on average, {max(days)} at most;"
        f" {reminders / told.workers / _WORKING_DAYS:.2f} for each social worker and working day"
    )


def _show_needs(console: Console, told: Told, rates: Rates) -> None:
    of_england = needs(told, rates)
    console.print(
        f"England, at {rates.event_ms:g} ms an event, {rates.look_ms:g} a look and {rates.message_ms:g} a message:"
        f" {of_england.by_day:.2f} cores through the day, {of_england.by_morning:.1f} to have the busiest minute out in"
        f" half a minute; {of_england.machines} machines of {CORES} cores, half idle;"
        f" {of_england.gigabytes:,.0f} GB a year at {rates.plan_bytes / 1000:,.0f} kB a plan"
    )
