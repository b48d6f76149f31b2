"""Getting a message to a person, and knowing what became of it; knows nothing of plans."""
