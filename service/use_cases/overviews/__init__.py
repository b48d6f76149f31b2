"""What stands now, read for a person: by a command or a page. Nothing is written, and nothing decided."""
