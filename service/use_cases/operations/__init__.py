"""What operators do, how the machine is watched, and how operators are told."""
