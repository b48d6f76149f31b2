"""The channels, and all that is known of each."""
