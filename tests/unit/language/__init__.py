"""The words of the policy language, on a council that does not exist."""
