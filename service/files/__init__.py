"""Files that planwatch reads and writes: events, policies, and what waits while the database is away."""
