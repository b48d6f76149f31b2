"""What the ledger of a plan knows as seen or told, and what was withheld or is to be mended on a plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Self

from service.domain.keys.key import AnyUid, Key, Uid, Whole


class ObligationKey(Key):
    """An obligation: the rule, the event that opened it, and the person, action or meeting that it is about, if any."""

    FORM = "{rule}|{opened_by}|{about}"
    rule: str
    opened_by: Uid
    about: str


def rule_in(obligation: str) -> str:
    """The rule with whose name the key of an obligation, or of a week of it, begins."""
    return obligation.partition("|")[0]


class WeekKey(Key):
    """An obligation of one week of a timeline, counted from 1."""

    FORM = "{obligation}|week {week}"
    obligation: Whole
    week: int


class ReminderRungKey(Key):
    """A reminder's rung: the obligation and the rung's moment."""

    FORM = "rung|{obligation}|{moment}"
    obligation: Whole
    moment: datetime


class AskedRungKey(Key):
    """The one rung of what is asked for the next working morning."""

    FORM = "rung|{obligation}|asked"
    obligation: Whole


class OverdueRungKey(Key):
    """A rung past the deadline: `step` is 1, `escalation`, or the Monday of a week with its list.

    Versions before the weekly list went on counting: 2, 3 and so on were repeats to the team manager.
    """

    FORM = "rung|{obligation}|{due_on}|overdue|{step}"
    obligation: Whole
    due_on: date
    step: str

    @classmethod
    def of_steps(cls, obligation: str, due_on: date) -> Callable[[object], str]:
        """What writes the keys of one obligation's steps. A long overdue one has many, which differ at the end only."""
        stem = str(cls(obligation, due_on, ""))
        return lambda step: f"{stem}{step}"


class OverdueAgainRungKey(Key):
    """A rung past the deadline of what was done for a while, so it seemed, and is known to be open again `since`."""

    FORM = "rung|{obligation}|{due_on}|overdue again {since}|{step}"
    obligation: Whole
    due_on: date
    since: datetime
    step: str


class OvertakenKey(Key):
    """That the fact before which an obligation was due came first, on a day."""

    FORM = "overtaken|{obligation}|{due_on}"
    obligation: Whole
    due_on: date


class TakeoverKey(Key):
    """That a person took a role over from another on a plan, at a moment."""

    FORM = "takeover|{plan}|{role}|{person}|{moment}"
    plan: Whole
    role: str
    person: str
    moment: datetime


class CauseKey(Key):
    """A fact that is told the next working morning, under one template."""

    FORM = "notice|{template}|{fact}"
    template: str
    fact: Uid


class SlipKey(Key):
    """A slip of an event, by its code: since when it is known."""

    FORM = "slip|{code}|{event}"
    code: str
    event: Uid

    @property
    def owner_told(self) -> StepKey:
        """That the configuration owner was told of it, among the problems of a morning."""
        return StepKey(str(self), "problems")


class AlertKey(Key):
    """An alert, by the event of the breach."""

    FORM = "alert|{plan}|{breach}"
    plan: Whole
    breach: Uid


class AwaitedAlertKey(Key):
    """An alert on a plan that is not introduced yet, by the event of the breach. The introduction begins another."""

    FORM = "awaited_alert|{plan}|{breach}"
    plan: Whole
    breach: Uid


class AlertRungKey(Key):
    """A later rung of an alert, by its role: since when it is climbed."""

    FORM = "{alert}|{role}"
    alert: Whole
    role: str


class AlertSlotKey(Key):
    """One of the half-hours at which a rung of an alert is told again."""

    FORM = "{alert}|{role}|{slot}"
    alert: Whole
    role: str
    slot: datetime


class ReplyKey(Key):
    """A reply to a check-in, by its event."""

    FORM = "reply|{plan}|{reply}"
    plan: Whole
    reply: Uid

    @property
    def stop(self) -> StepKey:
        """That the worker was told that the reply asked for no more texts."""
        return StepKey(str(self), "stop")

    def stop_for(self, person: str) -> StepKey:
        """That the worker was told that the reply keeps texts from another person with the number, too."""
        return StepKey(str(self.stop), person)


class SeriesKey(Key):
    """The check-ins agreed with one person, by the event of the agreement: since when they are known."""

    FORM = "round|{agreement}|{person}"
    agreement: Uid
    person: str


class JoinedSeriesKey(Key):
    """Check-ins beside which a newer agreement with the person stands: since when that is known."""

    FORM = "{series}|joined"
    series: Whole


class CheckInKey(Key):
    """One day's check-in with one person: that it was asked."""

    FORM = "check_in|{agreement}|{person}|{day}"
    agreement: AnyUid
    person: str
    day: date


class StepKey(Key):
    """A step after a check-in or a reply: `missed`, `untold` or `stop`; after that, a person whom the stop reaches."""

    FORM = "{of}|{step}"
    of: Whole
    step: str

    @classmethod
    def missed(cls, check_in: str) -> Self:
        """That the worker was told that a check-in went unanswered; `check_in` is the day's key."""
        return cls(check_in, "missed")

    @classmethod
    def untold(cls, check_in: str) -> Self:
        """That the worker was told, or need not be, that a check-in was not asked; `check_in` is the day's key."""
        return cls(check_in, "untold")


class WithheldCheckInKey(Key):
    """That one day's check-in was not asked, and why."""

    FORM = "{check_in}|withheld|{reason}"
    check_in: Whole
    reason: str


class DeafKey(Key):
    """That it was told, once for each moment since which no texts reach us, that it is we who cannot hear."""

    FORM = "deaf|{plan}|{until}"
    plan: Whole
    until: datetime


class MayEndKey(Key):
    """A visit at which an agreement's check-ins may end."""

    FORM = "may_end|{agreement}|{visit}"
    agreement: Uid
    visit: Uid


class WithheldKey(Key):
    """A message that was held back, by its own key: on a plan, why, and when."""

    FORM = "withheld|{plan}|{message}|{reason}|{moment}"
    plan: str
    message: Whole
    reason: str
    moment: datetime


class WithheldFromKey(Key):
    """A message that a person was not sent by one channel, whatever it would have spoken of."""

    FORM = "withheld|{plan}|{person}|{channel}|{purpose}|{reason}|{moment}"
    plan: str
    person: str
    channel: str
    purpose: str
    reason: str
    moment: datetime


class UnannouncedKey(Key):
    """A message that a person outside the council was not sent, as it would show an unannounced visit."""

    FORM = "withheld|{plan}|{person}|{purpose}|unannounced|{moment}"
    plan: str
    person: str
    purpose: str
    moment: datetime


class PlanProblemKey(Key):
    """A problem that a rule of the policy names, once for good; `name` is an obligation or an event."""

    FORM = "problem|{plan}|{code}|{name}"
    plan: str
    code: str
    name: Whole


class ReachProblemKey(Key):
    """What was in the way of a message at one moment: a role that nobody holds, a person who cannot be reached."""

    FORM = "problem|{plan}|{code}|{detail}|{moment}"
    plan: str
    code: str
    detail: str
    moment: datetime
