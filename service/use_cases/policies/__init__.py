"""Which policies are in force, for all processes at once."""
