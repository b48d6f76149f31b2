"""The words of the policy language, a module for each sort: strictly typed, and no expression among them."""
