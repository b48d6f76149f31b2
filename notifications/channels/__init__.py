"""The channels: what is known of each, and what every sender of one is."""
