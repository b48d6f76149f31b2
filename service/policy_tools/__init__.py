"""A policy lead's tools: to check a policy, read it aloud, compare two, and see that nothing is left out."""
