"""The auditor: it checks what is recorded from outside, by its own questions, and reports what is amiss."""
