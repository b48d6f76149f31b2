"""`planwatch explain`: why a message was sent, by what was known when it was decided."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from cli.console import out
from cli.database import with_reading
from cli.faults import CommandError
from cli.policies_in_force import policies_of
from notifications.message import OutboxRow
from notifications.outbox import outbox
from service.domain.calendar import iso_local
from service.domain.explain import Explanation
from service.domain.telling.wording import role_text
from service.policy_tools.safeguards import SAFEGUARDS
from service.use_cases.looks.explain_message import reasons_of


def explain(message_id: str) -> None:
    """Print why a message was sent: rule, clock, the sum with its days, the facts, and the recipient's role."""
    row, reasons = with_reading(partial(_row_and_reasons, message_id))
    message = row.message
    decided = iso_local(message.at.replace(microsecond=0))
    out.print(f"[bold]{message.purpose.value}[/bold] by {message.channel.spec.word}, decided {decided}")
    out.print(f"Told: {row.sent_to or message.person}, as {role_text(message.role)}")
    out.print(f"State: {row.state.value}" + (f" ({row.reason})" if row.reason else ""))
    if row.reason is not None and row.reason in SAFEGUARDS:
        out.print(SAFEGUARDS[row.reason])
    for reason in reasons:
        out.print(f"\n[bold]{reason.heading}[/bold]")
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for name, text in reason.lines:
            table.add_row(name, text)
        out.print(table)


async def _row_and_reasons(
    message_id: str, session: AsyncSession, now: datetime
) -> tuple[OutboxRow, list[Explanation]]:
    name = message_id.strip().strip("<>").split("@")[0]
    row = await outbox.find(session, name) or await outbox.find_outside(session, name)
    if row is None:
        raise CommandError(f"there is no message {message_id}; give its id, or an email's Message-ID")
    return row, await reasons_of(session, await policies_of(session), row.message)
