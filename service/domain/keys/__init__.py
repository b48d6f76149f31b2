"""The keys of ledger, outbox, digest lines, withheld and problems: their forms are written here and nowhere else."""
