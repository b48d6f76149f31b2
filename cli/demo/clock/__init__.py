"""The demonstration's time: a clock in the visitor's hands, and what it waits for where it skips."""
