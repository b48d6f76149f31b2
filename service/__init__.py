"""From a fact to what must be told."""
