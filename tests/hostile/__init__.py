"""What nobody sends who means well: events at the ends of what is allowed, and requests and files beyond it."""
