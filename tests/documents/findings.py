"""The auditor's codes as a table for people: `python -m tests.documents.findings`, for docs/monitoring.md."""

import sys

from service.sentinel.codes import CODES, Code

_HEAD = (
    "| code | what it means | what to do | heartbeat | `/readyz` | told |",
    "|---|---|---|---|---|---|",
)


def table() -> str:
    """A Markdown table with a line for each code, in the order of `CODES`."""
    return "\n".join([*_HEAD, *(_line(name, code) for name, code in CODES.items())])


def _line(name: str, code: Code) -> str:
    heartbeat = "silent" if code.withholds else "goes on"
    readyz = "503" if code.unready else "says so"
    hours = "at any hour" if code.urgent else "in working hours"
    return f"| `{name}` | {code.means} | {code.do} | {heartbeat} | {readyz} | {hours} |"


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
