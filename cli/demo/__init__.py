"""The demonstration: a made-up council, the service at work on it, and the receiving side of its messages."""


def run_demo(speed: float, port: int) -> None:
    """Run the demonstration until Ctrl-C; `speed` is how many seconds pass in one. CommandError: no such port."""
    # Imported here: whoever wants only the caseload needs no server.
    from cli.demo.run import play

    play(speed, port)
