"""The consoles that commands print to, with colour and bars only on a terminal; apart, since rich is slow to load."""

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
