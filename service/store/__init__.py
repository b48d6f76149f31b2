"""All SQL of the service: one noun, one file. Nothing here decides anything."""
