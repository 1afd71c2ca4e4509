"""Entries in turns: the items of a batch so that each turn holds one entry of each slot, in columns over the slots."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domain.batch import Ints


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of each of some slots; an entry is a run of rows that stand together for its slot."""

    slots: Ints
    order: Ints
    """Rows, sorted by slot and then as they came."""
    begins: Ints
    """Where in `order` each slot's entry begins …"""
    sizes: Ints
    """… and how many rows it has."""

    @property
    def first(self) -> Ints:
        """The first row of each entry."""
        return self.order[self.begins]

    def steps(self) -> Iterator[tuple[Ints, Ints]]:
        """(places in `slots`, rows): the first row of every entry, then the second where there is one, and so on."""
        for step in range(int(self.sizes.max(initial=0))):
            places = np.flatnonzero(self.sizes > step)
            yield places, self.order[self.begins[places] + step]


def turns(slots: Ints, positions: Ints) -> Iterator[Turn]:
    """The first entry of every slot, then the second, and so on. Rows come in order of position."""
    if not len(slots):
        return
    order = np.argsort(slots, kind="stable")
    slot, position = slots[order], positions[order]
    opens = np.ones(len(order), np.bool_)
    opens[1:] = (slot[1:] != slot[:-1]) | (position[1:] != position[:-1])
    begins = np.flatnonzero(opens)
    sizes = np.diff(np.append(begins, len(order)))
    owner = slot[begins]
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    number = np.arange(len(owner)) - np.repeat(starts, np.diff(np.append(starts, len(owner))))
    for turn in range(int(number.max()) + 1):
        here = number == turn
        yield Turn(owner[here], order, begins[here], sizes[here])
