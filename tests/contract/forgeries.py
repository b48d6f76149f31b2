"""Webhooks that are not a provider's: without its proof, with noise in its place, or with one that is nearly right."""

import base64
import random
import string

from twilio.request_validator import RequestValidator

PUBLIC = "https://planwatch.example.org"
SIGN = RequestValidator("twilio-token").compute_signature
CALLBACK_TOKEN = string.ascii_letters[:26]


def twilio_signature(chance: random.Random, path: str, form: dict[str, str]) -> str | None:
    """A signature that is not Twilio's: none, noise, nearly right, for another form, address or token."""
    right = SIGN(PUBLIC + path, form)
    place = chance.randrange(len(right) - 1)
    other = "A" if right[place] != "A" else "B"
    wrong: str | None = chance.choice(
        [
            None,
            "",
            base64.b64encode(chance.randbytes(20)).decode(),
            chance.randbytes(chance.randrange(1, 40)).hex(),
            right[:place] + other + right[place + 1 :],
            right[:place],
            right.swapcase(),
            SIGN(PUBLIC + path, form | {"Body": "another text"}),
            SIGN(PUBLIC + path + "?a=1", form),
            SIGN("https://elsewhere.example.org" + path, form),
            RequestValidator("another-token").compute_signature(PUBLIC + path, form),
        ]
    )
    return wrong


def notify_authorization(chance: random.Random) -> str | None:
    """What is not Notify's token: none, noise, nearly right, in another scheme."""
    token = CALLBACK_TOKEN
    place = chance.randrange(len(token))
    wrong: str | None = chance.choice(
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            f"Basic {token}",
            token,
            f"Bearer {token[:place]}",
            f"Bearer {token}{chance.choice(string.ascii_letters)}",
            f"Bearer {token[:place]}A{token[place + 1 :]}",
            f"Bearer {token.upper()}",
            f"Bearer {chance.randbytes(chance.randrange(1, 40)).hex()}",
        ]
    )
    return wrong
