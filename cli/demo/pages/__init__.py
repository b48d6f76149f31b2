"""The demonstration's own pages, beside those of the service."""
