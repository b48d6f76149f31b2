"""Faults: processes killed, paused, cut off; counted is what arrives at the other end.

Every module of this folder is a case: `python -m bench.faults.NAME` runs it, prints a line for each database (one alone
where none takes part) and ends with a failure when it misses its mark. What the cases are built from is in `rig`.
"""
