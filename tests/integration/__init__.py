"""Claims that need a real database, server or process."""
