"""Nobody reaches us for two days: 10,000 answers are kept by the provider alone. None is lost, and nobody is wronged.

What counts is what the social worker's mail server got: a call for each answer that asks for one, and no word that
somebody did not answer. An answer of 1 that was lost would be told as one that did not come.
"""

import asyncio
import random
import time
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bench.faults.rig import case, council
from bench.faults.rig.databases import Database, database
from bench.faults.rig.verdict import Verdict
from config.clock import ManualClock
from config.settings import Settings
from jobs.timetable import TIMETABLE
from notifications.errors import TryLater
from notifications.message import Channel
from notifications.providers.sender import Senders
from service.app import Service, open_service
from service.domain.calendar import LONDON
from service.use_cases.texts.pull_texts import pull_texts
from tests.contract.mail import Mailbox, mail_server
from tests.contract.twilio_double import TwilioDouble, twilio_double
from tests.memory_sender import PulledMemorySender

PEOPLE_OF_A_PLAN = 5
# Asked, two hours later, an hour past that, the next morning: twice.
MOMENTS = ("0T10:00", "0T12:01", "0T13:30", "1T08:31", "1T10:00", "1T12:01", "2T08:31")
DAYS = ("mon", "tue")
ANSWERS = 10_000


def at(day: int, clock: str) -> datetime:
    """A local moment of the week that begins on Monday, 5 January 2026."""
    return datetime.fromisoformat(f"2026-01-{5 + day:02}T{clock}").replace(tzinfo=LONDON)


async def go_on(service: Service) -> None:
    """Look, and hand over what is due, until there is nothing left to do now."""
    await council.look(service)
    sending = [tick for tick in TIMETABLE if tick.name in ("sms-1", "email-1", "email-2", "email-3")]

    async def drain(place: int) -> None:
        while await sending[place].step(service, service.clock.now()):
            pass

    await asyncio.gather(*(drain(place) for place in range(len(sending))))


async def two_days(service: Service, clock: ManualClock, plans: int) -> None:
    """Ask on Monday and on Tuesday, and hear nothing; the mornings in which a silence would be told pass, too."""
    events = [*council.staff(clock.now())]
    for number in range(plans):
        events += council.plan(number, clock.now())
        people = range(number * PEOPLE_OF_A_PLAN, (number + 1) * PEOPLE_OF_A_PLAN)
        events += council.family(number, people, clock.now(), DAYS)
    await council.take(service, events)
    for time_of_pull in MOMENTS:
        day, _, moment = time_of_pull.partition("T")
        clock.set(at(int(day), moment))
        await pull_texts(service.pulling)
        await go_on(service)


def answer(provider: TwilioDouble, people: int) -> Counter[str]:
    """Everybody answers twice, each within two hours; the first of a plan asks for a call on Tuesday. The calls."""
    chance = random.Random(5)
    calls: Counter[str] = Counter()
    for day in (0, 1):
        for person in range(people):
            wants_call = day == 1 and person % PEOPLE_OF_A_PLAN == 0
            moment = at(day, "10:00") + timedelta(seconds=chance.randrange(60, 7_100))
            provider.gets(council.number_of(person), "2" if wants_call else "1", moment)
            calls[council.reference(person // PEOPLE_OF_A_PLAN)] += wants_call
    return calls


def told(mailbox: Mailbox) -> Counter[tuple[str, str]]:
    """What the mail server got, by plan and subject, and who does not hear is no news."""
    subjects = [str(mail["Subject"]) for mail in mailbox.messages()]
    return Counter((subject.partition("P-")[2][:6], subject.partition(": ")[2]) for subject in subjects)


async def two_days_down(name: str, folder: Path, answers: int = ANSWERS) -> Verdict:
    """So many answers, two days of silence, and a pull."""
    plans = answers // (PEOPLE_OF_A_PLAN * len(DAYS))
    with database(name, folder) as db:
        async with mail_server(folder) as mailbox, twilio_double() as provider:
            calls = answer(provider, plans * PEOPLE_OF_A_PLAN)
            took = await _through(db, mailbox, provider, plans)
            return _verdict(db, calls, told(mailbox), took, answers)


async def _through(db: Database, mailbox: Mailbox, provider: TwilioDouble, plans: int) -> float:
    clock = ManualClock(at(0, "08:00"))
    deaf = PulledMemorySender("twilio")
    deaf.fault = TryLater("nobody reaches it")
    service = await _open(db, clock, {Channel.EMAIL: [mailbox.sender()], Channel.SMS: [deaf]})
    await two_days(service, clock, plans)
    await service.close()
    clock.set(at(2, "09:00"))
    hearing: Senders = {Channel.EMAIL: [mailbox.sender()], Channel.SMS: [provider.sender()]}
    service = await _open(db, clock, hearing)
    began = time.monotonic()
    await pull_texts(service.pulling)
    took = time.monotonic() - began
    await go_on(service)
    await service.close()
    return took


async def _open(db: Database, clock: ManualClock, senders: Senders) -> Service:
    return await open_service(Settings(database_url=db.url), clock=clock, senders=senders)


def _verdict(
    db: Database, calls: Counter[str], told_of: Counter[tuple[str, str]], took: float, answers: int
) -> Verdict:
    wronged = sum(number for (_, words), number in told_of.items() if "not answered" in words or "in a row" in words)
    heard = {plan: told_of[plan.removeprefix("P-"), "a call is asked for"] for plan in calls}
    lost = sum(max(0, expected - heard[plan]) for plan, expected in calls.items())
    twice = sum(max(0, heard[plan] - expected) for plan, expected in calls.items())
    faults = {"lost": lost, "twice": twice, "taken for not having answered": wronged}
    return Verdict(
        "two days down",
        db.name,
        f"{answers:,} answers that only the provider got",
        lost,
        twice,
        wronged,
        more=(f"{wronged} false 'did not answer'", f"pulled and understood in {took:.0f} s"),
        faults=tuple(words for words, number in faults.items() if number),
    )


if __name__ == "__main__":
    raise SystemExit(case.run(two_days_down, partial(two_days_down, answers=ANSWERS // 5)))
