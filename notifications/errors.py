"""What can go wrong with handing a message over, named by what the caller must do.

DeliveryError
├── NotGone                nothing has left, for certain
│   ├── TryLater           the other side asks for patience: again, not before `retry_after`
│   │   └── NotSent        the connection failed before anything was handed over: again
│   ├── TooLate            its own time limit has passed: not any more; a person must know
│   ├── Undeliverable      the address is refused for good: never again; reach the person another way
│   │   ├── ContentRefused   the text is refused, whoever it is for: mend it; another way meanwhile
│   │   └── Blocked          the provider keeps this number from us, which has asked for no more texts
│   └── Misconfigured      the channel is down, or our credentials, sender or TLS are wrong: mend it; again
│       └── RefusesUs        the provider says that it is us whom it refuses: as above, and our own people are told
└── Unknown                it may have gone or not: not again before a cool-off; a person decides for families

Their words name no person, number or address: they are stored and logged.
"""

from datetime import timedelta


class CannotDecide(Exception):  # noqa: N818 - named by what this process is
    """This process cannot tell what is right: it is no fault of the message or plan, and another process may."""


class DeliveryError(Exception):
    """A message was not handed over, or not for certain."""


class NotGone(DeliveryError):  # noqa: N818 - named by what the caller knows
    """Nothing has left, for certain."""


class TryLater(NotGone):
    """The other side asks for patience: try again, not before `retry_after` where it said so."""

    def __init__(self, words: str, retry_after: timedelta | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class NotSent(TryLater):
    """The connection failed before anything was handed over: try again, `at_once` where time was lost already."""

    def __init__(self, words: str, *, at_once: bool = False) -> None:
        super().__init__(words)
        self.at_once = at_once


class TooLate(NotGone):
    """Its own time limit has passed: it is not sent any more, and a person must know."""


class Undeliverable(NotGone):
    """The address is refused for good: do not try again, reach the person another way."""


class ContentRefused(Undeliverable):
    """The text is refused, whoever it is for: mend it, and reach the person another way meanwhile."""


class Blocked(Undeliverable):
    """The provider itself keeps this number from us, since it has asked for no more texts: no provider tries again."""


class Misconfigured(NotGone):
    """The channel is down, or our credentials, sender or TLS settings are wrong: mend it; it is tried again."""


class RefusesUs(Misconfigured):
    """The provider refuses us, whoever the message is for: mend it, and tell those who can; it is tried again."""

    def __init__(self, words: str, provider: str, answer: str) -> None:
        """`answer`: its number for the refusal, such as `554/5.7.1`, and nothing that anybody wrote."""
        super().__init__(words)
        self.provider = provider
        self.answer = answer


class Unknown(DeliveryError):  # noqa: N818 - named by what the caller knows
    """It may have gone or not. `ended` is false where the attempt may still be under way somewhere."""

    def __init__(self, words: str, *, ended: bool = True) -> None:
        super().__init__(words)
        self.ended = ended
