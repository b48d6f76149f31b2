"""Texts that people send us: they are pulled or pushed, bound to the check-in that they answer, and understood."""
