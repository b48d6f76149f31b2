"""The consoles that commands print to, with colour and bars only on a terminal; apart, since rich is slow to load."""

import os
import pwd

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def user() -> str:
    """The name of the machine's user who gives the command."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number that has no name
        return str(os.getuid())
