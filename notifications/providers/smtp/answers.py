"""What a mail server's refusals mean: of the address, of the text, or of us."""

import re
from enum import Enum, auto

from aiosmtplib import SMTPResponseException

from notifications.errors import ContentRefused, DeliveryError, RefusesUs, TryLater, Undeliverable
from notifications.foreign_words import cleaned
from notifications.mailbox.status_codes import Blame, blame_of, enhanced_code
from notifications.retry import REST_OF_A_PROVIDER

PROVIDER = "smtp"
_AUTH_FAULTS = (530, 534, 535, 538)
_GREYLISTED = re.compile(r"gr[ae]y-?list", re.IGNORECASE)


class SmtpStep(Enum):
    """What a server was asked when it refused."""

    GREETING = auto()
    SENDER = auto()
    RECIPIENT = auto()
    TEXT = auto()


def is_temporary(error: SMTPResponseException) -> bool:
    """Whether the server only asks for patience."""
    return 400 <= error.code < 500


def id_in(answer: str, code: int) -> str:
    """How a server names what it took: the first line of its answer."""
    lines = answer.splitlines()
    return cleaned(lines[0]) if lines and lines[0].strip() else str(code)


def refusal(error: SMTPResponseException, step: SmtpStep) -> DeliveryError:
    """The error for a refusal. It repeats the numbers alone: a server's words may name a person."""
    words = error.message or ""
    code = enhanced_code(words)
    number = f"{error.code}/{code}" if code else str(error.code)
    blame = _blame(error, step, code, words)
    if is_temporary(error):
        ours = blame is Blame.OURS and not _GREYLISTED.search(words)
        return TryLater(f"the mail server puts it off ({number})", REST_OF_A_PROVIDER if ours else None)
    if blame is Blame.ADDRESS:
        return Undeliverable(f"the mail server refuses the address ({number})")
    if blame is Blame.MAILBOX:
        return TryLater(f"the mailbox takes nothing at the moment ({number})")
    if blame is Blame.CONTENT:
        return ContentRefused(f"the mail server refuses the text ({number})")
    return RefusesUs(f"the mail server refuses {_OF_US[step]} ({number})", PROVIDER, number)


_OF_US = {
    SmtpStep.GREETING: "our greeting",
    SmtpStep.SENDER: "our sender",
    SmtpStep.RECIPIENT: "us",
    SmtpStep.TEXT: "us",
}


def _blame(error: SMTPResponseException, step: SmtpStep, code: str | None, words: str) -> Blame:
    if step in (SmtpStep.GREETING, SmtpStep.SENDER) or error.code in _AUTH_FAULTS:
        return Blame.OURS
    blame = blame_of(code, words)
    if blame is not Blame.UNCLEAR or (code and not code.endswith(".0.0")):
        return blame
    # Without a code of its own and in words that we do not know, the plain reply code has to do (RFC 5321, 4.2.3).
    if step is SmtpStep.TEXT:
        return Blame.CONTENT
    return {550: Blame.ADDRESS, 551: Blame.ADDRESS, 553: Blame.ADDRESS, 552: Blame.MAILBOX}.get(error.code, blame)
