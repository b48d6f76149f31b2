"""`planwatch doctor`: the checks, one file for each kind of thing they look at; `examine` runs them all."""
