"""The pure core: what is owed by whom and when, and what must be told, as functions of the facts and a moment."""
