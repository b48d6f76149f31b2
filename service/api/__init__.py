"""HTTP only: requests are read and checked here, and handed to the use cases."""
