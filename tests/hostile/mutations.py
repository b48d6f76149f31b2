"""Requests and lines that are wrong in one way or another: valid events, changed by the rules of a small grammar."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_ODD: tuple[object, ...] = (
    None, True, 0, -1, 10**30, 1.5, "", " ", "x" * 5_000, "\U0001f600", "\u202e", [], {}, [[]], {"a": {"b": []}},
    "2026-02-30", "0000-00-00", "'; DROP TABLE event; --", "<script>", "../../etc/passwd", "{{7*7}}", "%s%n",
    "\r\nX: y",
)  # fmt: skip
_TEXTS = (
    b'{"id":NaN}', b'{"id":1e400}', b'{"id":-Infinity}', b'{"id":"a","id":"b"}', b'{"id":"\\ud800"}', b'"\\udc00"',
    b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"\x80\x81", b"{", b"[", b"", b"null", b"[" * 100_000, b'{"a":' * 50_000,
    b"9" * 10_000, b'{"a":' + b"9" * 5_000 + b"}", b'{"id":"\\u0000"}', b"{'id': 1}", b"{} {}", b"[,]", b"tru",
)  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """A request that is wrong, and the names of the valid events that go in all the same."""

    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    valid: tuple[str, ...] = ()


def visit(name: str) -> dict[str, object]:
    """A valid event about the plan P-1."""
    return {
        "specversion": "1.0", "id": name, "source": "/dudley/hostile", "type": "visit.recorded", "subject": "P-1",
        "time": "2026-01-05T10:00:00+00:00", "data": {"by": "w-sw", "on": "2026-01-05"},
    }  # fmt: skip


def broken(chance: random.Random, name: str) -> dict[str, object]:
    """The same with one field missing, or of another type, or of another meaning; it may happen to be valid."""
    event = visit(name)
    place = chance.choice((event, event["data"]))
    assert isinstance(place, dict)
    field_name = chance.choice(sorted(place))
    if chance.random() < 0.3:
        del place[field_name]
    else:
        place[field_name] = chance.choice(_ODD)
    return event


def invalid(chance: random.Random, name: str) -> dict[str, object]:
    """An event that is surely refused."""
    event = visit(name)
    wrong: object = chance.choice((None, 7, [], {}, "", "\n"))
    event[chance.choice(("specversion", "source", "type", "time"))] = wrong
    return event


def request(chance: random.Random, name: str) -> Hostile:
    """One request of any kind."""
    return chance.choice(_KINDS)(chance, name)


def _one_event(chance: random.Random, name: str) -> Hostile:
    return Hostile(json.dumps(broken(chance, f"x-{name}")).encode(), {"Content-Type": SINGLE})


def _batch(chance: random.Random, name: str) -> Hostile:
    names = [f"ok-{name}-{number}" for number in range(chance.choice((1, 2, 5)))]
    events: list[object] = [visit(one) for one in names]
    events += [invalid(chance, f"x-{name}-{number}") for number in range(4)]
    events += [chance.choice(_ODD) for _ in range(2)]
    chance.shuffle(events)
    return Hostile(json.dumps(events).encode(), {"Content-Type": BATCH}, tuple(names))


def _text(chance: random.Random, name: str) -> Hostile:
    return Hostile(chance.choice(_TEXTS), {"Content-Type": chance.choice((SINGLE, BATCH))})


def _flipped(chance: random.Random, name: str) -> Hostile:
    content = bytearray(json.dumps(visit(f"x-{name}")).encode())
    for _ in range(chance.choice((1, 3, 20))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return Hostile(bytes(content), {"Content-Type": SINGLE})


def _cut(chance: random.Random, name: str) -> Hostile:
    content = json.dumps([visit(f"x-{name}")]).encode()
    return Hostile(content[: chance.randrange(len(content))], {"Content-Type": BATCH})


def _of_another_type(chance: random.Random, name: str) -> Hostile:
    kinds = ("text/plain", "application/json", "multipart/form-data; boundary=x", "application/xml", "", "\t;;=", "*/*")
    return Hostile(json.dumps(visit(f"x-{name}")).encode(), {"Content-Type": chance.choice(kinds)})


def _packed(chance: random.Random, name: str) -> Hostile:
    headers = {"Content-Type": BATCH, "Content-Encoding": chance.choice(("gzip", "br", "deflate, gzip"))}
    return Hostile(_BOMB, headers)


def _long(chance: random.Random, name: str) -> Hostile:
    return Hostile(b'{"a":"' + b"x" * 300_000 + b'"}', {"Content-Type": SINGLE})


_BOMB = gzip.compress(b"\0" * 10_000_000)
_KINDS: tuple[Callable[[random.Random, str], Hostile], ...] = (
    _one_event, _one_event, _one_event, _batch, _batch, _text, _flipped, _flipped, _cut, _of_another_type, _packed,
    _long,
)  # fmt: skip


def lines(chance: random.Random, name: str) -> tuple[list[bytes], list[str]]:
    """Lines of a .jsonl file, of all kinds, and the names of the valid events among them."""
    found: list[bytes] = []
    names: list[str] = []
    for number in range(20):
        if chance.random() < 0.5:
            names.append(f"ok-{name}-{number}")
            found.append(json.dumps(visit(names[-1])).encode())
            continue
        wrong = chance.choice((_text, _flipped, _cut))(chance, f"{name}-{number}").content
        found.append(wrong.replace(b"\n", b"").replace(b"\r", b""))
        if chance.random() < 0.1:
            found.append(b"\0" * 3_000 if chance.random() < 0.5 else b"z" * 300_000)
    return found, names
