"""The order of events in answers."""

from service.store.tables import event

# The order in which events came, for questions about several plans or persons: by the bare column SQLite would read all
# events of their authority, which the second index has in that order, rather than sort the few that are asked for.
AS_THEY_CAME = event.c.seq + 0
