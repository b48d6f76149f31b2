"""The mailbox in which returned email and canaries arrive."""
