"""What Twilio's refusals mean, by its own numbers: of the number, of the text, or of us."""

from collections.abc import Mapping

import httpx2

from notifications.errors import (
    Blocked,
    ContentRefused,
    DeliveryError,
    RefusesUs,
    TryLater,
    Undeliverable,
    Unknown,
)

PROVIDER = "twilio"

# Only these say that it is the number or the text. Whatever else is refused is not the recipient's fault.
_ABOUT_THIS_ONE: Mapping[int, tuple[type[DeliveryError], str]] = {
    20429: (TryLater, "Twilio asks for patience"),
    21611: (TryLater, "the queue of our number is full"),
    21211: (Undeliverable, "this is no telephone number"),
    21214: (Undeliverable, "this number cannot be reached"),
    21217: (Undeliverable, "this is no telephone number"),
    21265: (Undeliverable, "this number is a short code"),
    21407: (Undeliverable, "this number takes no text messages"),
    21421: (Undeliverable, "this is no telephone number"),
    21604: (Undeliverable, "there is no number"),
    21610: (Blocked, "this number has opted out at the provider"),
    21612: (Undeliverable, "there is no way from our number to this one"),
    21614: (Undeliverable, "this number takes no text messages"),
    21635: (Undeliverable, "this number is a landline"),
    21602: (ContentRefused, "the text is empty"),
    21605: (ContentRefused, "the text is too long"),
    21617: (ContentRefused, "the text is too long"),
    21619: (ContentRefused, "the text is empty"),
}
# Words for what is often wrong with us.
_OF_US: Mapping[int, str] = {
    20003: "Twilio does not know our account and token",
    21212: "Twilio does not take the number that we send from",
    21408: "our account may not send to this country",
    21603: "no number to send from is set",
    21606: "the number that we send from is not our account's",
    21608: "our account is a trial and sends to verified numbers only",
    21609: "Twilio does not take the address for its status reports",
    21659: "the number that we send from is none of Twilio's",
    21660: "the number that we send from is not our account's",
    21703: "our messaging service has no number to send from",
    30002: "our account is suspended",
    63007: "Twilio does not know the number or name that we send from",
    63038: "our account has sent all that it may today",
}
#: The numbers by which it says later that a text has not arrived for a reason of ours: account, sender, rate, filter.
OURS = frozenset(
    map(
        str,
        [
            *(30001, 30002, 30007, 30009, 30010, 30011, 30018, 30022, 30023, 30024, 30027, 30032, 30034, 30035, 30036),
            *(30038, 30039, 30040, 30453, 30454, 30485, 63007, 63018, 63038),
        ],
    )
)


def refusal(status: int, code: object) -> DeliveryError:
    """What an answer that is no success means. `code`: Twilio's own number, where it gives one."""
    number = code if isinstance(code, int) else 0
    if number in _ABOUT_THIS_ONE:
        kind, words = _ABOUT_THIS_ONE[number]
        return kind(f"{words} ({number})")
    if number not in _OF_US and (
        status >= httpx2.codes.INTERNAL_SERVER_ERROR or status in {0, httpx2.codes.REQUEST_TIMEOUT}
    ):
        return Unknown(f"Twilio failed and did not say whether it has it ({status})")
    words = _OF_US.get(number, "Twilio refuses us")
    return RefusesUs(f"{words} ({number or status})", PROVIDER, str(number or status))
