"""The second factor: codes of an app that change every half minute, each taken once."""

from datetime import datetime

import pyotp
import segno

_STEP = 30  # seconds
_DRIFT = 1  # steps by which a phone's clock may be behind ours, or ahead


def new_secret() -> str:
    """A secret of 160 bits, as apps take it."""
    return pyotp.random_base32()


def counter_of(secret: str, code: str, now: datetime) -> int | None:
    """The counter of the moment whose code this is. None: it is the code of no moment near now."""
    plain = code.replace(" ", "")
    generator = pyotp.TOTP(secret)
    counter = int(now.timestamp()) // _STEP
    near = range(counter - _DRIFT, counter + _DRIFT + 1)
    return next((each for each in near if pyotp.utils.strings_equal(generator.generate_otp(each), plain)), None)


def in_fours(secret: str) -> str:
    """A secret as somebody types it: four letters at a time."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def uri(secret: str, name: str) -> str:
    """The address by which an app on the same device takes a secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="planwatch")


def picture(secret: str, name: str) -> str:
    """The QR code that an app reads, as SVG without a style; on white, since apps read no code in the dark."""
    return str(segno.make(uri(secret, name), error="m").svg_inline(scale=4, border=4, light="white", omitsize=True))
