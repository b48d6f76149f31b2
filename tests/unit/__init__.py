"""Claims about one room, or one noun of it."""
