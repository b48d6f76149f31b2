"""Backups: a whole copy of the database in one file, verified before it is kept and before it is used."""
