"""The base of every process: clock, settings, database and logs; and the policies as data."""
