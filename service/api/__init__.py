"""HTTP only: what comes in is read and checked here, and handed to the use cases."""
