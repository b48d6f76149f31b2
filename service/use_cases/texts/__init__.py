"""Texts that people send us: pulled or called in, bound to what they answer, understood."""
