"""Acknowledging alerts, by whatever way it comes."""
