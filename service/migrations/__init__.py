"""How the database came to be what it is: one step a file, run in order by themselves on start."""
