"""The collection of garbage, in a process that keeps much of what it makes: a service, or the intake of a long file."""

import gc

_NEW_OBJECTS = 50_000  # made and kept since the last collection, before the next, which takes some 25 ms then


def collect_seldom() -> None:
    """Leave out of every later collection what there is by now, and look at the rest less often.

    Policies, templates, libraries and kept facts stay. A collection of everything goes through all of them, for a sixth
    of a second each time, in which no alert leaves. And it finds next to nothing: of 1,200 digests, nothing at all.
    """
    gc.enable()  # a command may have put it off until it had read its libraries
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)
