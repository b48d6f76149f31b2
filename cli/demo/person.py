"""Somebody in the demonstration: what the case system records of them. None of them exists."""

from __future__ import annotations

from dataclasses import dataclass

PREFER_TEXTS = frozenset({"sw-08", "kp-04"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is told things; `desk` is what a visitor reads below the name. "" is no number, no address."""

    id: str
    name: str
    desk: str
    mobile: str = ""
    kind: str = "worker"
    domain: str = "council.example.org"
    authority: str = "dudley"

    @property
    def email(self) -> str:
        """The address that their mail goes to; a family is never written to by email here."""
        return "" if self.kind == "family" else f"{self.name.lower().replace(' ', '.')}@{self.domain}"

    def as_data(self) -> dict[str, object]:
        """What the case system records of them."""
        data: dict[str, object] = {"authority": self.authority, "name": self.name, "kind": self.kind}
        if self.mobile:
            data["mobile"] = self.mobile
        if self.email:
            data |= {"email": self.email, "prefers": "sms" if self.id in PREFER_TEXTS else "email"}
        return data


def numbered(prefix: str, first: int, desk: str, names: tuple[str, ...], **more: str) -> tuple[Person, ...]:
    """People of one desk, with ids and numbers that run on."""
    return tuple(
        Person(f"{prefix}-{n:02}", name, desk, f"+447700900{first + n}", **more) for n, name in enumerate(names, 1)
    )
