"""The auditor: looks at what is recorded, from outside, with questions of its own, and says what is amiss."""
