"""The demonstration: made-up councils, the service at work on them, and the receiving side of its messages."""
