"""Passkeys: a device shows that its owner is there and has unlocked it. Each challenge is good once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from config.database import Sessions, reading, transaction
from service.store import accounts, audit, begun, passkeys
from service.store.accounts import UserAccount
from service.store.audit import AuditEntry
from service.store.passkeys import Passkey

MOST_KEYS = 10
_ADDED, _SHOWN = "passkey_added", "passkey_shown"
_LASTS = timedelta(minutes=10)
_REQUIRED = UserVerificationRequirement.REQUIRED
_UNFIT = (WebAuthnException, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are good: the host that they are made for, and the origin of the pages there."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a browser is handed: the token that ends the ceremony, and the options for the device, as JSON."""

    token: str
    options: str


async def begin_adding(sessions: Sessions, site: Site, account: UserAccount, now: datetime) -> Ceremony:
    """Ask a device for a new passkey of an account's owner."""
    async with transaction(sessions) as session:
        known_keys = await passkeys.of_account(session, account.id)
        options = generate_registration_options(
            rp_id=site.host,
            rp_name="planwatch",
            user_name=account.name,
            user_id=account.id.encode(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(key.id)) for key in known_keys],
        )
        challenge = bytes_to_base64url(options.challenge)
        token = await begun.begin(session, _ADDED, now, _LASTS, account.id, challenge=challenge)
    return Ceremony(token, options_to_json(options))


async def add(
    sessions: Sessions, site: Site, account: UserAccount, token: str, credential: str, name: str, now: datetime
) -> bool:
    """Keep the passkey that a device has made. False: it is not what was asked for."""
    async with transaction(sessions) as session:
        ceremony = await begun.take(session, _ADDED, token, now)
    if ceremony is None or ceremony.account != account.id:
        return False
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(ceremony.data["challenge"]),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _UNFIT:
        return False
    key_id, public_key = bytes_to_base64url(verified.credential_id), bytes_to_base64url(verified.credential_public_key)
    key = Passkey(key_id, account.id, public_key, verified.sign_count, name, now, None)
    try:
        async with transaction(sessions) as session:
            if len(await passkeys.of_account(session, account.id)) >= MOST_KEYS:
                return False
            await passkeys.add(session, key)
            await audit.add(session, AuditEntry(now, account.authority, account.person, "passkey_added"))
    except IntegrityError:
        return False
    return True


async def begin_showing(sessions: Sessions, site: Site, now: datetime) -> Ceremony:
    """Ask a device for any passkey that it has for this site."""
    options = generate_authentication_options(rp_id=site.host, user_verification=_REQUIRED)
    async with transaction(sessions) as session:
        challenge = bytes_to_base64url(options.challenge)
        token = await begun.begin(session, _SHOWN, now, _LASTS, challenge=challenge)
    return Ceremony(token, options_to_json(options))


async def shown(sessions: Sessions, site: Site, token: str, credential: str, now: datetime) -> UserAccount | None:
    """Whose passkey a device has shown. None: nobody's, or not as it was asked for."""
    async with transaction(sessions) as session:
        ceremony = await begun.take(session, _SHOWN, token, now)
    if ceremony is None:
        return None
    try:
        key_id = bytes_to_base64url(parse_authentication_credential_json(credential).raw_id)
        async with reading(sessions) as session:
            key = await passkeys.find(session, key_id)
            account = await accounts.find(session, key.account) if key is not None else None
        if key is None or account is None or account.disabled_at is not None:
            return None
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(ceremony.data["challenge"]),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except _UNFIT:
        return None
    async with transaction(sessions) as session:
        await passkeys.used(session, key.id, verified.new_sign_count, now)
    return account
