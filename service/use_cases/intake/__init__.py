"""Taking in events, and who may send them."""
