"""The steps, named by number: each says what it changes, and none is edited once it is released."""
