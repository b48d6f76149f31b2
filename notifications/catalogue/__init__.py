"""The catalogue of messages: their templates, and how they become what a person reads."""
