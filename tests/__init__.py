"""What planwatch claims to do, each claim as a test."""
