"""Processes are killed and paused, in small: bench/faults does the same at full size."""
