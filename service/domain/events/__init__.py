"""What happened: the types of events, what each says, and what withdrawals and replies make of them."""
