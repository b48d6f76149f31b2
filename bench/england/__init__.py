"""A country's year: every authority's plans, their events, and what planwatch would tell."""
