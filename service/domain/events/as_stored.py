"""Events as they are stored, each read once: of the same words the event is the very same.

So an event can be no other than what the database says at this moment, however long ago it was read.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import lru_cache

from service.domain.events.event import Event, stored_event

_MOST = 8192  # three kilobytes each


@lru_cache(maxsize=_MOST)
def event_in(words: str, authorities: Collection[str], authority: str) -> Event:
    """The event that stands in these words of JSON, and is an authority's. EventFault as for `stored_event`."""
    return stored_event(json.loads(words), authorities, authority)
