"""What is outside the service: the councils' case systems, a mail server, an SMS provider, and people with phones."""
