"""The providers: each one's folder holds how it sends, its words for what became of a message, and its callbacks."""
