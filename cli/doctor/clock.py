"""What this machine takes the time to be."""

from collections.abc import Sequence

from cli.doctor.checked import Checked
from config.clock import SystemClock
from config.settings import Settings
from service.domain.calendar import local

_BUILT_IN = 2026


async def check(settings: Settings) -> Sequence[Checked]:
    """The local hour, for a person to compare; a clock that was never set is known by its year."""
    now = SystemClock().now()
    found = f"{local(now):%a %d %b %Y %H:%M} in London"
    return [Checked("clock", found, None if now.year >= _BUILT_IN else "set this machine's clock (NTP)")]
