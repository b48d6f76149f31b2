"""The OpenAPI description of requests and answers, for people who write clients or tests from it."""

from collections.abc import Mapping
from typing import Any

from service.api import event_schemas
from service.api.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

_WORDS = {
    400: "The body cannot be read",
    401: "No token, or none that is good",
    403: "It may not be sent by whoever sent it",
    404: "It is not set up here",
    408: "The body did not come in time",
    409: "The id was used before, by the same source, for an event with other content",
    413: "It is more than is taken at once",
    415: "It is of a type that is not taken",
    422: "It was read, and is not as the contract has it",
    429: "Too often from this address without a token that is good, or with a forged signature",
    503: "Not now: the database does not answer, or too much came at once. Nothing was stored: send the same again",
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, where, and what to do"},
        "event": {"type": ["string", "null"], "description": "the id of the event"},
        "field": {"type": "string"},
        "rejected": {"type": "array", "items": {"type": "object"}},
    },
}
_HEADERS = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    429: {"Retry-After": {"required": True, "description": "seconds", "schema": {"type": "string"}}},
    503: {"Retry-After": {"required": True, "description": "seconds", "schema": {"type": "string"}}},
}


def problems(*statuses: int) -> Responses:
    """The answers with these statuses, which are problems."""
    return {
        status: {
            "description": _WORDS[status],
            "headers": _HEADERS.get(status, {}),
            "content": {MEDIA_TYPE: {"schema": PROBLEM}},
        }
        for status in statuses
    }


def answer(description: str, media_type: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """An answer with a body."""
    return {"description": description, "content": {media_type: {"schema": schema}}}


def with_events(description: dict[str, Any]) -> dict[str, Any]:
    """The description that the framework made, with the schemas of events, to which its routes refer."""
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(event_schemas.components())
    return description


def body(content: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The body of a request, by media type. A route adds it to the description that the framework makes."""
    return {
        "requestBody": {"required": True, "content": {kind: {"schema": schema} for kind, schema in content.items()}}
    }


TAKEN = {
    "type": "object",
    "required": ["accepted", "duplicates", "waiting", "rejected", "warnings"],
    "properties": {
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer", "description": "stored before, with the same content"},
        "waiting": {
            "type": "integer",
            "description": "stored, and to take effect when plan or person is introduced",
        },
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "field", "detail"],
                "properties": {
                    "id": {"type": ["string", "null"]},
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "warnings": {
            "type": "array",
            "description": "what was taken and has no effect, or looks like a slip, as far as that is plain at once",
            "items": {
                "type": "object",
                "required": ["id", "field", "code", "detail"],
                "properties": {
                    "id": {"type": "string"},
                    "field": {"type": "string"},
                    "code": {"type": "string", "description": "the code of the problem that it is, or may become"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
# Providers may send other fields, too. These are the ones that we need.
TWILIO_FORM = {
    "type": "object",
    "required": ["MessageSid"],
    "properties": {"MessageSid": {"type": "string"}},
    "additionalProperties": {"type": "string"},
}
NOTIFY_OBJECT = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"}},
}
TWILIO_SIGNATURE = {
    "name": "X-Twilio-Signature",
    "in": "header",
    "required": True,
    "description": "made by Twilio from the address, the form and our token",
    "schema": {"type": "string"},
}
