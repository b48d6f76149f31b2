"""All SQL of the service, one file for each noun. Nothing here decides anything."""
