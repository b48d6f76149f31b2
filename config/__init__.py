"""What a process needs before it has any business: clock, settings, database, logs; and the policies as data."""
