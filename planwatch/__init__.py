"""The name under which Python finds the command: `python -m planwatch`."""
