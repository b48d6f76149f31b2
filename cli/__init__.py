"""The command `planwatch`: one file a command."""
