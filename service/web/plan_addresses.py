"""The opaque ids of plans in addresses: an address tells nobody a reference, and nobody can make one up."""

import base64
import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from service.domain.own_id import OwnId

_LONGEST = 600  # letters


class PlanAddresses:
    """Those of one database: made of its secret, so that they stay the same for good."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(hashlib.sha512(b"planwatch plan addresses\0" + secret).digest())

    def id_of(self, plan: OwnId) -> str:
        """What stands for a plan in an address: letters, digits, `-` and `_`."""
        sealed = self._cipher.encrypt(f"{plan.authority}\0{plan.id}".encode(), [b"plan"])
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def plan_of(self, opaque: str) -> OwnId | None:
        """The plan that an address means. None: it is none of ours."""
        if len(opaque) > _LONGEST:
            return None
        try:
            sealed = base64.urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4))
            authority, _, reference = self._cipher.decrypt(sealed, [b"plan"]).decode().partition("\0")
        except (InvalidTag, ValueError):
            return None
        return OwnId(authority, reference)
