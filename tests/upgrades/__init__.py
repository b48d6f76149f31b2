"""What every upgrade must keep: the database of an older version, and what the service makes of it."""
