"""The collection of garbage: seldom in a process that keeps much of what it makes, never in one that soon ends."""

import atexit
import gc

_NEW_OBJECTS = 50_000  # made and kept since the last collection, before the next, which takes some 25 ms then


def collect_seldom() -> None:
    """Leave out of every later collection what there is by now, and look at the rest less often.

    Policies, templates, libraries and kept facts stay. A collection of everything goes through all of them, for a sixth
    of a second each time, in which no alert leaves. And it finds next to nothing: 40 objects after 1,200 digests.
    """
    gc.enable()  # a command may have collected nothing until it had read its libraries
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)


def collect_nothing() -> None:
    """Collect no garbage from now on, nor as the process ends: a short one needs what it makes.

    Of the simulation of a plan's year that would take a tenth, and nearly as much again at its end.
    """
    gc.disable()
    atexit.register(gc.freeze)
