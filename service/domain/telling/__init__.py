"""Who is told what, when and how: ladders, alerts, check-ins, digests, and whether a person may be told at all."""
