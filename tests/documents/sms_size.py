"""How large a text message is: its encoding, units and parts."""

from dataclasses import dataclass

import smsutil

from notifications.catalogue.sms_parts import sms_parts


@dataclass(frozen=True, slots=True)
class Size:
    """What a text takes: its encoding, how many of that encoding's units, and how many parts."""

    encoding: str  # GSM-7 or UCS-2
    units: int
    parts: int


def sms_size(text: str) -> Size:
    """What a provider would make of this text, as another library counts it."""
    counted = smsutil.split(text)
    if counted.encoding == "gsm0338":
        return Size("GSM-7", sum(part.bytes for part in counted.parts), sms_parts(text))
    return Size("UCS-2", len(text.encode("utf-16-be", "surrogatepass")) // 2, sms_parts(text))
