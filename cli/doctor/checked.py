"""What a check found, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checked:
    """One line. `do` says what to do, where something is wrong; `works`: the service does its work all the same."""

    check: str
    found: str
    do: str | None = None
    works: bool = False

    @property
    def fails(self) -> bool:
        """Whether the service cannot do its work because of it."""
        return self.do is not None and not self.works


def size(number: float) -> str:
    """Bytes in words that fit."""
    return f"{number / 2**30:.1f} GB" if number >= 2**30 else f"{number / 2**20:.0f} MB"
