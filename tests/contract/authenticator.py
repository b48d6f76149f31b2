"""A device that makes passkeys and shows them, as a browser hands its answers over."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

_PRESENT, _UNLOCKED, _NEW_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey at most. `origin` is the page at which the browser is; `unlocked`: whether the owner was asked."""

    origin: str
    unlocked: bool = True
    user: bytes = b""
    key_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    count: int = 0
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str) -> str:
        """The answer to a registration's options."""
        asked_for = json.loads(options)
        self.user = base64url_to_bytes(asked_for["user"]["id"])
        numbers = self._key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.key_id).to_bytes(2, "big") + self.key_id + cbor2.dumps(public)
        data = self._data(asked_for["rp"]["id"], _NEW_KEY) + attested
        client = self._client("webauthn.create", asked_for["challenge"])
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(clientDataJSON=client, attestationObject=attestation)

    def show(self, options: str) -> str:
        """The answer to the options of signing in."""
        asked_for = json.loads(options)
        self.count += 1
        data = self._data(asked_for["rpId"], 0)
        client = self._client("webauthn.get", asked_for["challenge"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=self.user)

    def _data(self, host: str, flags: int) -> bytes:
        flags |= _PRESENT | (_UNLOCKED if self.unlocked else 0)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        client = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(client).encode()

    def _answer(self, **parts: bytes) -> str:
        name = bytes_to_base64url(self.key_id)
        response = {part: bytes_to_base64url(value) for part, value in parts.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
