"""Who people are, what they may be told, and which roles they hold from when to when."""
