"""The journal's words: entries of four kinds in one order, written in pages."""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from domain.instants import Instant

Position = int
"""Place of an entry in the journal: 1 for the first, then without a gap. 0 = before everything."""


class Kind(IntEnum):
    """What an entry of the journal is."""

    MESSAGE = 0
    """One MQTT publish: `topic`, `payload`."""
    LINK = 1
    """The way to the broker: `topic` is `connected`, `disconnected` or `session_lost`; `payload` names the source."""
    TICK = 2
    """Time passes; nothing else in it."""
    CONTROL = 3
    """Kept for ever. A decision of people: `topic` is `sources`, `rules` or `registry`, `payload` its JSON; or what

    decoding must know of messages long gone: `aliases/DEVICE`, `late_death`.
    """


class Entry(NamedTuple):
    """One entry, as it arrived. Its position is its page's first position plus its place in the page."""

    kind: Kind
    received_at: Instant
    topic: str = ""
    payload: bytes = b""
    retained: bool = False


class Page(NamedTuple):
    """Entries that became durable together; `entries[i]` stands at position `first + i`."""

    first: Position
    entries: Sequence[Entry]

    @property
    def last(self) -> Position:
        """The position of the last entry."""
        return self.first + len(self.entries) - 1
