"""The types of events as a policy names them: `python -m tests.documents.event_clauses`, for docs/policies.md."""

import re
import sys

from service.domain.events.event_type import EventType
from service.domain.events.event_types import EVENT_TYPES
from service.policy_tools.words import VALUES

_HEAD = ("| event | happens when | fields |", "|---|---|---|")


def table() -> str:
    """A line for each type, in the order of the contract."""
    return "\n".join([*_HEAD, *(_line(event_type) for event_type in EVENT_TYPES.values())])


def _line(event_type: EventType) -> str:
    clause = re.sub(r"\{(\w+)\}", lambda field: VALUES[field[1]][""], event_type.clause)
    fields = " ".join(f"`{info.alias or name}`" for name, info in event_type.model.model_fields.items())
    return f"| `{event_type.name}` | {clause} | {fields} |"


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
