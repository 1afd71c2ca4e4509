"""Homes: behind which gateway each key's device is, and whether the device is expected to speak at all."""

import numpy as np

from detectors.gateways import Gateways
from detectors.last_words import LastWords
from detectors.roster import Roster
from domain.batch import Ints
from domain.instants import Instant

NOT_ASKED, NOT_EXPECTED, NO_PARENT = -3, -2, -1
"""Instead of a gateway's number."""


class Homes:
    """By slot, the gateway of the device heard last; asked of the registry once, and again when that changes."""

    def __init__(self, words: LastWords, gateways: Gateways, *, minds_parent: bool) -> None:
        self.words, self.gateways, self.minds_parent = words, gateways, minds_parent
        self.roster: Roster | None = None
        self.changes = -1
        self.home: Ints = np.zeros(0, np.int64)

    def forget(self, slots: Ints) -> None:
        """Another device speaks for these."""
        self.home[slots] = NOT_ASKED

    def of(self, slots: Ints, at: Instant) -> Ints:
        """Each slot's gateway, NO_PARENT or NOT_EXPECTED."""
        if self.roster is None:
            return np.full(len(slots), NO_PARENT)
        if self.changes != self.roster.changes:
            self.home[:], self.changes = NOT_ASKED, self.roster.changes
        home: Ints = self.home[slots]
        for row in np.flatnonzero(home == NOT_ASKED).tolist():
            device = self.words.device(int(slots[row]))
            home[row] = self.asked(int(slots[row]), device, at, self.roster)
            if not self.roster.varies(device):
                self.home[slots[row]] = home[row]
        return home

    def asked(self, slot: int, device: str, at: Instant, roster: Roster) -> int:
        """The gateway of a device, as the registry has it now."""
        facts = roster.facts(device, at)
        if facts.expected_state != "active" or roster.slot(device, at) != slot:
            return NOT_EXPECTED
        return self.gateways.names.place(facts.parent) if self.minds_parent and facts.parent else NO_PARENT

    def grow(self, slots: int) -> None:
        """Room for so many slots."""
        if more := max(0, slots - len(self.home)):
            self.home = np.concatenate([self.home, np.full(more, NOT_ASKED)])
