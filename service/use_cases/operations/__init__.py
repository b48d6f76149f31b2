"""What operators do, what watches the machine, and how operators are told."""
