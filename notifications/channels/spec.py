"""The channels, and all that is known by channel: one row each, which everybody reads who must tell channels apart.

Pure, of the standard library alone: the core and the auditor read it, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

AddressField = Literal["email", "mobile"]


class Channel(StrEnum):
    """A way to reach a person."""

    EMAIL = "email"
    SMS = "sms"

    @property
    def spec(self) -> "ChannelSpec":
        """All that is known of it."""
        return SPECS[self]

    @property
    def several(self) -> str:
        """What several messages by it are called: `emails`, `texts`."""
        return f"{self.spec.word}s"


class Form(StrEnum):
    """What a message by a channel is made of."""

    LETTER = "letter"  # a subject, the text, and the text in HTML
    SHORT_TEXT = "short text"  # a text of one part, and nothing else


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """One row."""

    #: The field of a person's record that holds the address.
    address_field: AddressField
    #: What a message is made of: which template files words it.
    form: Form
    #: What one message is called on pages and in explanations ("by text").
    word: str
    #: What several are called, where the doctor and the start name the channel ("for texts set …").
    words: str
    #: How a sentence about one message begins ("A text message to the chair was refused").
    sentence_start: str
    #: What a person's address by it is called ("your mobile number on record does not work").
    address_word: str
    #: Real time after which we end an attempt ourselves that has handed nothing over yet.
    longest_opening: timedelta
    #: The same where another provider of the channel could go in its place.
    longest_opening_with_another: timedelta
    #: Real time after which we end an attempt ourselves, from the moment at which the message may leave.
    longest_attempt: timedelta
    #: The longest that an attempt can still be alive after its worker was last heard of; somewhat more than that.
    cool_off: timedelta
    #: By which an alert goes on that this channel could not deliver. None: by no other.
    instead: Channel | None
    #: With which other one set up it may be missing: nothing is sent by it then, and nothing waits for it.
    without: Channel | None
    #: Whether urgent word to whoever runs planwatch goes by it, too; routine word goes by email alone.
    urgent: bool
    #: How many of what is not urgent are handed over at one time.
    routine_lanes: int
    #: The setting that names its providers in their order. None: all there are, by name.
    order_setting: str | None
    #: Whether it may be missing: where it is not set up, neither the doctor nor the start speaks of it.
    optional: bool


SPECS: Mapping[Channel, ChannelSpec] = {
    Channel.EMAIL: ChannelSpec(
        address_field="email",
        form=Form.LETTER,
        word="email",
        words="email",
        sentence_start="An email",
        address_word="email address",
        # RFC 5321 grants a mail server five minutes for its greeting, and ten to answer the final dot.
        longest_opening=timedelta(seconds=360),
        longest_opening_with_another=timedelta(seconds=30),
        longest_attempt=timedelta(seconds=650),
        cool_off=timedelta(seconds=660),
        instead=Channel.SMS,
        without=None,
        urgent=True,
        routine_lanes=3,
        order_setting="email_providers",
        optional=False,
    ),
    Channel.SMS: ChannelSpec(
        address_field="mobile",
        form=Form.SHORT_TEXT,
        word="text",
        words="texts",
        sentence_start="A text message",
        address_word="mobile number",
        longest_opening=timedelta(seconds=40),
        longest_opening_with_another=timedelta(seconds=40),
        longest_attempt=timedelta(seconds=40),
        cool_off=timedelta(seconds=120),
        instead=Channel.EMAIL,
        without=Channel.EMAIL,
        urgent=True,
        routine_lanes=2,
        order_setting="sms_providers",
        optional=False,
    ),
}
