"""Claims that the real thing and its stand-in must both keep."""
