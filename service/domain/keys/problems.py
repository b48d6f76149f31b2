"""What a person must mend, where it is no plan's own: events, texts, clocks, a restored database."""

from __future__ import annotations

from datetime import date, datetime

from service.domain.keys.key import AnyUid, Key, Uid, Whole


class WaitingKey(Key):
    """An event about what nothing has introduced."""

    FORM = "waiting|{event}"
    event: AnyUid


class ConflictKey(Key):
    """An event whose name was used before for another."""

    FORM = "conflict|{event}"
    event: Uid


class AuthorityDiffersKey(Key):
    """An event in a file that names another authority in its data than the one that it belongs to."""

    FORM = "authority_differs|{event}"
    event: AnyUid


class TimeAheadKey(Key):
    """A source whose clock writes what is still to come, once a UTC day."""

    FORM = "ahead|{source}|{day}"
    source: Whole
    day: date


class UnreadTextKey(Key):
    """A text that came in and could not be taken."""

    FORM = "text|{text}"
    text: Whole


class ClockJumpedKey(Key):
    """A clock that jumped, by its occasion."""

    FORM = "clock|{occasion}"
    occasion: Whole


class ClocksDifferKey(Key):
    """The database's clock and ours, once a UTC day."""

    FORM = "clocks_differ|{day}"
    day: date


class OwnerVacantKey(Key):
    """An authority whose configuration owner was to be told, and is nobody; `message` is what of."""

    FORM = "role_vacant|{authority}|{message}"
    authority: str
    message: Whole


class UntoldOccasionKey(Key):
    """What an owner was to be told of: a code and its occasion."""

    FORM = "{code}|{occasion}"
    code: str
    occasion: Whole


class RestoredKey(Key):
    """A plan with an alert that a restored database may have told before; `since` is when the hold began."""

    FORM = "restored|{plan}|{since}"
    plan: str
    since: datetime
