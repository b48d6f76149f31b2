"""Whether somebody holds each role that alerts fall to, and those that a message goes to when nobody holds its own."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.checked import Checked
from cli.sentinel import expected_of
from config.clock import SystemClock
from service.files.policy_files import PolicyFileError, load_policies
from service.sentinel.finding import Asked
from service.sentinel.people import vacant
from service.sentinel.working_days import WorkingDays


async def check(session: AsyncSession) -> Sequence[Checked]:
    """A line for each authority that has plans and lacks somebody."""
    try:
        expected = expected_of(load_policies())
    except PolicyFileError:
        return []  # which has a line of its own
    found = await vacant(session, Asked(SystemClock().now(), expected, WorkingDays(expected.holidays)))
    empty: dict[str, list[str]] = {}
    for one in found:
        empty.setdefault(str(one.authority), []).append(one.detail)
    do = "have somebody assigned to each (role.assigned): alerts and what nobody owes fall to them"
    lines = [Checked("roles", f"{name}: nobody is {', '.join(roles)}", do, works=True) for name, roles in empty.items()]
    return lines or [Checked("roles", "are held, wherever there are plans")]
