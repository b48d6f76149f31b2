"""What the outbox knows its messages by, and an email that is gathered its lines."""

from __future__ import annotations

import re
from datetime import date, datetime

from service.domain.keys.key import Key, Uid, Whole


class RungsKey(Key):
    """A reminder, an overdue message or an escalation: `rungs` are 12 hex digits of what it speaks of."""

    FORM = "{purpose}|{plan}|{person}|{moment}|{rungs}"
    purpose: str
    plan: str
    person: str
    moment: datetime
    rungs: str


class LineKey(Key):
    """A line for a person's next digest."""

    FORM = "line|{plan}|{obligation}|{person}|{moment}"
    plan: str
    obligation: Whole
    person: str
    moment: datetime


class DigestKey(Key):
    """A person's digest of a local day: there is one."""

    FORM = "digest|{person}|{day}"
    person: str
    day: date


class GatheredKey(Key):
    """Another email that gathers lines of many plans: a person's of a local day, under one template."""

    FORM = "gathered|{template}|{authority}|{person}|{day}"
    template: str
    authority: str
    person: str
    day: date


class GatheredLineKey(Key):
    """A line of such an email, about an obligation of a plan."""

    FORM = "gathered_line|{template}|{authority}|{plan}|{obligation}|{person}|{moment}"
    template: str
    authority: str
    plan: str
    obligation: Whole
    person: str
    moment: datetime


class SlipLineKey(Key):
    """A line of the email about problems, about an event; `plan` is empty where it is about none."""

    FORM = "slip_line|{authority}|{plan}|{event}|{person}|{moment}"
    authority: str
    plan: str
    event: Uid
    person: str
    moment: datetime


class NoticeKey(Key):
    """A notice of a cause to one person."""

    FORM = "{cause}|{plan}|{person}"
    cause: Whole
    plan: str
    person: str


class AlertMessageKey(Key):
    """An alert to one person by one channel, for one of its half-hours."""

    FORM = "{alert}|{person}|{channel}|{slot}"
    alert: Whole
    person: str
    channel: str
    slot: datetime


class AlertAnswerKey(Key):
    """The answer to a text with a code of an alert, by the provider's id of that text."""

    FORM = "alert_answer|{text}"
    text: Whole


class CodesClosedKey(Key):
    """Word that texts from a person's number are not taken for an alert any more; `breach` is the event's uid."""

    FORM = "codes_closed|{plan}|{breach}|{person}"
    plan: str
    breach: Uid
    person: str


class TextKey(Key):
    """A text to a family member: the answer to a reply; `of` is the ledger's key of that.

    Older rows of the outbox name the check-in of a day so, which had a text of its own.
    """

    FORM = "{of}|text"
    of: Whole


class AskedAtKey(Key):
    """The one text that asks a person at a moment, for however many agreements on however many plans."""

    FORM = "check_in|{authority}|{person}|{moment}|text"
    authority: str
    person: Whole
    moment: datetime


class MorningKey(Key):
    """What a worker is told of a check-in the next working morning; `of` is the ledger's key of that."""

    FORM = "{of}|{person}"
    of: Whole
    person: str


class AtOnceKey(Key):
    """What a worker is told of a check-in at once, by one channel; `of` is the ledger's key of that."""

    FORM = "{of}|{person}|{channel}"
    of: Whole
    person: str
    channel: str


class TextAnsweredKey(Key):
    """The answer to a text that came in, by whose event of that it is."""

    FORM = "reply|{plan}|{reply}|text"
    plan: Whole
    reply: Uid

    @property
    def text(self) -> str | None:
        """The text that came in, which is an event of its own on each plan; None: another system recorded it."""
        match = re.search(r"#(text-.+)-[0-9a-f]{8}$", self.reply)
        return match[1] if match else None


class UndeliverableKey(Key):
    """Word that a message did not reach its person; in the outbox and among the problems."""

    FORM = "undeliverable|{message}"
    message: Whole


class UnaskedKey(Key):
    """Word, on one of the plans for which a text was to ask, that it did not reach its person."""

    FORM = "undeliverable|{message}|{plan}"
    message: Whole
    plan: str


class AddressRefusedKey(Key):
    """Word to a person, by another channel, that their address is bad; `message`: what came back from it."""

    FORM = "address_refused|{message}"
    message: Whole


class InsteadKey(Key):
    """An alert by its other channel, in place of the message that did not get through."""

    FORM = "{message}|instead"
    message: Whole


class UncheckedTranslationKey(Key):
    """Word, once a person, that their texts go in English; in the outbox and among the problems."""

    FORM = "translation_unchecked|{person}"
    person: str


class ExceptionKey(Key):
    """Word to a person that somebody saw a plan beyond the rule; `number` is that of the exception."""

    FORM = "seen_by_exception|{plan}|{number}|{person}"
    plan: str
    number: int
    person: str


class OperationsKey(Key):
    """What a configuration owner is told of planwatch itself, on one occasion, by one channel."""

    FORM = "operations|{authority}|{code}|{occasion}|{channel}"
    authority: str
    code: str
    occasion: Whole
    channel: str


class PersonDay(Key):
    """An occasion: the first of a local day with a person."""

    FORM = "{person}|{day}"
    person: str
    day: date


class ClockJump(Key):
    """An occasion: a clock that jumped by so many seconds; `minute` as ISO 8601 without seconds."""

    FORM = "{minute}|{seconds}"
    minute: str
    seconds: int


class CanaryKey(Key):
    """An email that planwatch writes to itself, by its 32 hex digits."""

    FORM = "canary|{mark}"
    mark: str


class ConfirmationKey(Key):
    """What the code of a simulated text is drawn from; `alert` is the breach's own id. It is stored nowhere."""

    FORM = "{plan}|{alert}|{person}"
    plan: str
    alert: str
    person: str
