"""The clock: what is done every so often. It decides nothing."""
