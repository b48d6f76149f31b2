"""`python -m planwatch`: the same as the command `planwatch`."""

from cli.main import main

main()
