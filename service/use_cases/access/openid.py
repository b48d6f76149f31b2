"""OpenID Connect: the way to an issuer and back, by code with PKCE, and what its token says of somebody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from config.settings import LOOPBACK

_SECONDS = 10.0  # for the whole of a request
_LEEWAY = 60  # seconds by which the issuer's clock may differ from ours
_SIGNED_BY = ["RS256", "PS256", "ES256"]
_WELL_KNOWN = "/.well-known/openid-configuration"


class OpenIdError(Exception):
    """The issuer did not say who somebody is, or nothing that may be believed."""


@dataclass
class OpenIdIssuer:
    """An issuer that the settings name, and planwatch as it is known there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    _configuration: Mapping[str, Any] | None = field(default=None, repr=False)

    async def address(self, back: str, state: str, nonce: str, verifier: str, *, again: bool = False) -> str:
        """Where somebody is sent to sign in; `back` is where they return; `again`: also if they are known there."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        query |= {"prompt": "login", "max_age": "0"} if again else {}
        return f"{await self._endpoint('authorization_endpoint')}?{urlencode(query)}"

    async def claims(self, code: str, back: str, nonce: str, verifier: str, now: datetime) -> Mapping[str, Any]:
        """What the issuer says of whoever came back with a code: signed by it, for us, for this one sign-in."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "code_verifier": verifier,
        }
        answer = await _ask("POST", await self._endpoint("token_endpoint"), form)
        keys = await _ask("GET", await self._endpoint("jwks_uri"))
        try:
            token = jwt.decode(str(answer["id_token"]), KeySet.import_key_set(keys), algorithms=_SIGNED_BY)  # type: ignore[arg-type]
            expected = {"iss": {"value": self.issuer}, "aud": {"value": self.client_id}}
            params = {"nonce": nonce, "client_id": self.client_id}
            claims = CodeIDToken(token.claims, token.header, expected, params)
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
        except (JoseError, ValueError, LookupError, TypeError) as fault:
            raise OpenIdError(f"the issuer's token is not to be believed ({type(fault).__name__})") from None
        if claims.get("nonce") != nonce or not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise OpenIdError("the issuer's token is of another sign-in")
        return dict(claims)

    async def _endpoint(self, name: str) -> str:
        if self._configuration is None:
            configuration = await _ask("GET", self.issuer + _WELL_KNOWN)
            if configuration.get("issuer") != self.issuer:
                raise OpenIdError("the issuer calls itself by another name than PLANWATCH_OPENID_ISSUER")
            self._configuration = configuration
        address = self._configuration.get(name)
        parts = urlsplit(str(address))
        if not isinstance(address, str) or (parts.scheme != "https" and parts.hostname not in LOOPBACK):
            raise OpenIdError(f"the issuer names no {name} over https")
        return address


async def _ask(method: str, address: str, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    try:
        async with asyncio.timeout(_SECONDS), httpx2.AsyncClient(timeout=_SECONDS) as http:
            answer = await http.request(method, address, data=form, headers={"Accept": "application/json"})
            fields = answer.json() if answer.status_code == httpx2.codes.OK else None
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError) as fault:
        raise OpenIdError(f"the issuer cannot be reached or read ({type(fault).__name__})") from None
    if not isinstance(fields, dict):
        raise OpenIdError(f"the issuer answers {answer.status_code}")
    return fields
