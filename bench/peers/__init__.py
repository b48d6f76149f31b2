"""Other ways of delivering due emails, as their users write them, to measure planwatch beside them."""
