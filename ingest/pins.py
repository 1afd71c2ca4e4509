"""Pins: which raw entries are kept with a finding, and with which sources each of them was read."""

from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from domain.entries import Kind, Position
from domain.finding import Finding
from domain.ports import JournalView
from domain.ticket import Pinned

SOURCES = "sources"
PROVING = (Kind.MESSAGE, Kind.TICK)
REMEMBERED = 10_000
"""Of so many findings it is remembered what is pinned; of others, all of it is pinned again, which changes nothing."""


class Era(NamedTuple):
    """Sources in force for the entries after a position."""

    after: Position
    name: str
    text: bytes


class Pins:
    """The journal's entries as they are pinned. Sources are to be noted before the entries that they hold for."""

    def __init__(self, journal: JournalView) -> None:
        self.journal = journal
        self.eras = [Era(0, name_of(SOURCES, b""), b"")]
        self.known: dict[str, set[Position]] = {}
        """By finding, what was pinned for its last state."""
        self.told: set[str] = set()
        """Names of sources that are pinned."""

    def note(self, position: Position, topic: str, payload: bytes) -> None:
        """A decision stands at a position; the same again changes nothing."""
        if topic == SOURCES and position > self.eras[-1].after:
            self.eras.append(Era(position, name_of(SOURCES, payload), payload))

    def at(self, position: Position) -> Era:
        """The sources that hold for the entry at a position."""
        return self.eras[bisect_left(self.eras, position, key=lambda era: era.after) - 1]

    def of(self, finding: Finding) -> list[Pinned]:
        """The raw entries to keep with it: the evidence that its last state did not rest on, and what brought this."""
        wanted = {evidence.position for evidence in finding.evidence} | {finding.position}
        new = wanted - self.known.get(finding.id, set())
        if len(self.known) >= REMEMBERED:
            self.known.clear()
        self.known[finding.id] = wanted
        return [pin for position in sorted(new) for pin in self.raw(finding.id, position)]

    def raw(self, finding: str, position: Position) -> list[Pinned]:
        """The entry at a position as it came, a tick without topic; none once retention has dropped it."""
        pages = self.journal.read(position - 1, 1)
        if not pages or pages[0].first != position or pages[0].entries[0].kind not in PROVING:
            return []
        entry, era = pages[0].entries[0], self.at(position)
        return [Pinned(finding, position, entry.received_at, entry.topic, entry.payload, entry.retained, era.name)]

    def texts(self, pins: Iterable[Pinned]) -> dict[str, bytes]:
        """The sources that the entries were read with, by the name under which they are pinned; each is told once."""
        eras = {era.name: era.text for era in (self.at(pin.position) for pin in pins)}
        new = {name: text for name, text in eras.items() if name not in self.told}
        self.told |= new.keys()
        return new

    def forget(self) -> None:
        """What was pinned last may not be there."""
        self.known.clear()
        self.told.clear()


def name_of(kind: str, text: bytes) -> str:
    """The name under which a text is pinned: its kind and digest."""
    return f"{kind}:{blake2b(text, digest_size=8).hexdigest()}"
