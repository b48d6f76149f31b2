"""An issuer of OpenID Connect as far as it is needed: signs what a test wants it to say, over HTTP on loopback."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.contract.served import served

CLIENT, SECRET = "planwatch", "a secret of the double"


@dataclass
class OpenIdDouble:
    """Who signs in, what is said of them, and what was asked. `changed` stands in place of claims of its own."""

    now: datetime
    issuer: str = ""
    calls_itself: str = ""  # another name than that
    claims: dict[str, object] = field(default_factory=dict)
    changed: dict[str, object] = field(default_factory=dict)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))
    signs_with: ECKey | None = None
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def sign_in(self, address: str) -> str:
        """Somebody signs in at the address to which planwatch sent the browser: the address that leads back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        code = secrets.token_hex(8)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, form: dict[str, str]) -> Response:
        """A code for a token, once, to whoever holds the verifier and our secret."""
        asked = self._codes.pop(form["code"], None)
        if asked is None or form["client_secret"] != SECRET or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        seconds = int(self.now.timestamp())
        own = {"iss": self.issuer, "aud": CLIENT, "iat": seconds, "exp": seconds + 300, "nonce": asked["nonce"]}
        said: dict[str, Any] = {**own, **self.claims, **self.changed}
        token = jwt.encode({"alg": "ES256", "kid": "k1"}, said, self.signs_with or self.key)
        return JSONResponse({"id_token": token, "access_token": "x", "token_type": "Bearer"})


@asynccontextmanager
async def openid_double(now: datetime) -> AsyncIterator[OpenIdDouble]:
    """The double, while it is served."""
    double, app = OpenIdDouble(now), FastAPI()

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, str]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        own_name = double.calls_itself or double.issuer
        return {"issuer": own_name, **{name: f"{double.issuer}/{path}" for name, path in places.items()}}

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        """Whoever comes is signed in already, and is led back."""
        return RedirectResponse(double.sign_in(str(request.url)), 303)

    @app.get("/keys")
    async def keys() -> dict[str, object]:
        return {"keys": [double.key.as_dict(private=False)]}

    @app.post("/token")
    async def token(request: Request) -> Response:
        return double.exchange({name: str(value) for name, value in (await request.form()).items()})

    async with served(app) as port:
        double.issuer = f"http://127.0.0.1:{port}"
        yield double
