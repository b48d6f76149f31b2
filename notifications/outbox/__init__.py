"""The outbox: messages that wait, the attempts at each, and what became of them."""
