"""The never-rules, over histories that nobody thought of."""
