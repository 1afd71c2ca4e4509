"""Silences: which keys are silent, since when, and what has been said of it."""

from typing import Any

import numpy as np
from msgspec.structs import replace

from detectors.episodes import (
    FLAPPING,
    Happening,
    Told,
    begin,
    calmed,
    ended,
    finding_of,
    grown,
    is_in_cooldown,
    turned,
)
from detectors.keyed import Keyed
from detectors.readers import Flapping
from domain.batch import Bools, Ints
from domain.entries import Position
from domain.finding import Finding
from domain.instants import Duration, Instant
from domain.ports import Arrays


class Silences:
    """The last silence of each key, by slot."""

    def __init__(self, cooldown: Duration, flapping: Flapping) -> None:
        self.cooldown, self.flapping = cooldown, flapping
        self.told: Keyed[Told] = Keyed(Told)
        """What has been said last of a key's silence."""
        self.holds: Bools = np.zeros(0, np.bool_)
        """By slot, whether its silence holds."""
        self.flaps: set[int] = set()

    @property
    def holding(self) -> Ints:
        """Slots whose silence holds."""
        slots: Ints = np.flatnonzero(self.holds)
        return slots

    def begin(self, slot: int, at: Instant, position: Position, words: Happening, before: bytes) -> Finding:
        """A silence begins after these words, or one that ended lately goes on."""
        told = self.told.get(slot)
        episode = None if told is None else calmed(told.episode, at, self.flapping)
        if told is not None and episode is not None and is_in_cooldown(episode, at, self.cooldown):
            episode = turned(episode, holds=True, at=at, flapping=self.flapping)
            if (episode.latest or episode.first)[-1] != words:
                episode = grown(episode, (words,))
            return self.tell(slot, replace(told, episode=episode), position, at)
        return self.tell(slot, Told(position, 0, before, begin((words,), at)), position, at)

    def end(self, slot: int, at: Instant, position: Position, words: Happening | None = None) -> Finding:
        """A silence has ended, by these words if by any."""
        told = self.told.values[slot]
        episode = turned(calmed(told.episode, at, self.flapping), holds=False, at=at, flapping=self.flapping)
        if words is not None:
            episode = grown(episode, (words,))
        return self.tell(slot, replace(told, episode=episode), position, at)

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """Every silence that holds or flaps ends, because nobody listens any more."""
        slots = sorted({*self.holding.tolist(), *self.flaps})
        told = [(slot, self.told.values[slot]) for slot in slots]
        return [self.tell(slot, replace(one, episode=ended(one.episode, at)), position, at) for slot, one in told]

    def calm(self, at: Instant, position: Position) -> list[Finding]:
        """Silences that flapped and have not changed for long enough."""
        found = []
        for slot in sorted(self.flaps):
            told = self.told.values[slot]
            if (episode := calmed(told.episode, at, self.flapping)) != told.episode:
                found.append(self.tell(slot, replace(told, episode=episode), position, at))
        return found

    def tell(self, slot: int, told: Told, position: Position, at: Instant) -> Finding:
        """Remember and say how a silence stands."""
        self.told.set(slot, told)
        self.notice(slot)
        return finding_of(told.episode, told, slot=slot, position=position, at=at, late=0)

    def notice(self, slot: int) -> None:
        """Remember whose silence holds, and whose flaps."""
        told = self.told.get(slot)
        self.holds[slot] = told is not None and told.episode.holds
        (self.flaps.add if told and told.episode.state == FLAPPING else self.flaps.discard)(slot)

    def grow(self, slots: int) -> None:
        """Room for so many slots."""
        if more := max(0, slots - len(self.holds)):
            self.holds = np.concatenate([self.holds, np.zeros(more, np.bool_)])

    def whole(self) -> dict[str, Any]:
        """Rows of all silences."""
        return self.told.whole()

    def changed(self) -> dict[str, Any]:
        """Rows of the silences changed since the last call of `changed` or `whole`."""
        return self.told.changed()

    def restore(self, state: Arrays) -> None:
        """Take rows in; there is room for their slots."""
        self.told.restore(state)
        for slot in state["slot"].tolist():
            self.notice(slot)
