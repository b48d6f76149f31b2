"""Claims about whole stories, travelling in time."""
