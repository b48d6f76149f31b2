"""What is decided at the moment of sending, and what providers report afterwards."""
