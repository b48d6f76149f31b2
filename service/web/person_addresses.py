"""The opaque ids of people in addresses: an address tells nobody an id of the directory, which may hold a name."""

import base64
import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from service.domain.own_id import OwnId

_LONGEST = 600  # letters


class PersonAddresses:
    """Those of one database: made of its secret, so that they stay the same for good."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(hashlib.sha512(b"planwatch person addresses\0" + secret).digest())

    def id_of(self, person: OwnId) -> str:
        """What stands for a person in an address: letters, digits, `-` and `_`."""
        sealed = self._cipher.encrypt(f"{person.authority}\0{person.id}".encode(), [b"person"])
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def person_of(self, opaque: str) -> OwnId | None:
        """The person whom an address means. None: it is none of ours."""
        if len(opaque) > _LONGEST:
            return None
        try:
            sealed = base64.urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4))
            authority, _, person = self._cipher.decrypt(sealed, [b"person"]).decode().partition("\0")
        except (InvalidTag, ValueError):
            return None
        return OwnId(authority, person)
