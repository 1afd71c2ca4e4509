"""When somebody was heard last, and how often they usually speak, in columns."""

from typing import Any

import numpy as np

from detectors.listening import FARTHEST
from domain.batch import Bools, Ints
from domain.instants import Duration
from domain.ports import Arrays

LEARNED = 8
"""So many gaps must have been seen before the cadence is believed."""
BURST, FADES, FADES_IN_BURSTS = 8, 16, 512
"""A gap shorter than the cadence divided by BURST is part of a burst. What is usual fades by so small a part."""
TOGETHER = 64
"""Somebody who speaks more often in one batch is gone through on their own."""
UNKNOWN = np.iinfo(np.int64).max
COLUMNS = ("last", "is_known", "every", "gaps", "back", "away")
INTERRUPTED = 2
"""A gap so many times longer than the cadence interrupts a speaker."""


class Heard:
    """By slot, the time on the clock of listening at which they were heard last, and their cadence.

    The cadence is the longest usual gap: a longer gap raises it at once, but at most to the double, so that one
    outage does not blunt it; shorter gaps let it fade. So three times the cadence is silence for regular speakers
    and for those who speak in bursts.
    """

    def __init__(self, label: str, *, learns: bool) -> None:
        self.label = label
        self.learns = learns
        self.last: Ints = np.zeros(0, np.int64)
        self.is_known: Bools = np.zeros(0, np.bool_)
        self.every: Ints = np.zeros(0, np.int64)
        self.gaps: Ints = np.zeros(0, np.int64)
        """How many gaps the cadence rests on."""
        self.back: Ints = np.zeros(0, np.int64)
        """When they spoke again after they were interrupted last …"""
        self.away: Ints = np.zeros(0, np.int64)
        """… and for how long they had been."""
        self.dirty: Bools = np.zeros(0, np.bool_)

    def note(self, slot: Ints, shown: Ints) -> None:
        """They were heard, in this order, when the clock showed this."""
        if not len(slot):
            return
        self.grow(int(slot.max()) + 1)
        self.dirty[slot] = True
        if self.learns:
            self.learn(slot, shown)
        self.last[slot] = shown
        self.is_known[slot] = True

    def learn(self, slot: Ints, shown: Ints) -> None:
        """Take the gaps in, those of one speaker one after the other."""
        order = np.argsort(slot, kind="stable")
        slots, at = slot[order], shown[order]
        starts = np.flatnonzero(np.diff(slots, prepend=-1))
        counts = np.diff(starts, append=len(order))
        gap = np.diff(at, prepend=0)
        gap[starts] = np.where(self.is_known[slots[starts]], at[starts] - self.last[slots[starts]], 0)
        few = counts <= TOGETHER
        for turn in range(int(counts[few].max(initial=0))):
            now = starts[few & (counts > turn)] + turn
            self.one_each(slots[now], gap[now], at[now])
        for start, count in zip(starts[~few].tolist(), counts[~few].tolist(), strict=True):
            several = slice(start, start + count)
            self.one_speaker(int(slots[start]), gap[several].tolist(), at[several].tolist())

    def one_each(self, slot: Ints, gap: Ints, at: Ints) -> None:
        """One gap each of different speakers, which ends at `at`; those that are none change nothing."""
        every, gaps = self.every[slot], self.gaps[slot]
        long = (gap > 0) & (gap > INTERRUPTED * every)
        self.back[slot[long]], self.away[slot[long]] = at[long], gap[long]
        usual = (gap > 0) & ((gaps == 0) | (gap >= every // BURST))
        capped = np.where(gaps >= LEARNED, np.minimum(gap, 2 * every), gap)
        raised = np.maximum(capped, every - every // FADES)
        faded = np.where(gap > 0, every - every // FADES_IN_BURSTS, every)
        self.every[slot] = np.where(usual, raised, faded)
        self.gaps[slot] = np.minimum(gaps + usual, LEARNED)

    def one_speaker(self, slot: int, gaps: list[int], ends: list[int]) -> None:
        """The same for many gaps of one speaker."""
        every, seen = int(self.every[slot]), int(self.gaps[slot])
        for gap, at in zip(gaps, ends, strict=True):
            if gap > 0 and gap > INTERRUPTED * every:
                self.back[slot], self.away[slot] = at, gap
            if gap > 0 and (not seen or gap >= every // BURST):
                every = max(min(gap, 2 * every) if seen >= LEARNED else gap, every - every // FADES)
                seen = min(seen + 1, LEARNED)
            elif gap > 0:
                every -= every // FADES_IN_BURSTS
        self.every[slot], self.gaps[slot] = every, seen

    def cadence(self, fixed: Duration) -> Ints:
        """How often each speaks at least: the fixed answer, or the learned one; UNKNOWN while it is being learned."""
        if not self.learns:
            return np.full(len(self.last), min(fixed, FARTHEST))
        return np.where(self.gaps >= LEARNED, self.every, UNKNOWN)

    def grow(self, slots: int) -> None:
        """Room for so many, doubled so that it is seldom asked for."""
        room = len(self.last)
        if slots <= room:
            return
        more = max(64, 1 << (slots - 1).bit_length()) - room
        for name in (*COLUMNS, "dirty"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros(more, old.dtype)]))

    # -- snapshots

    def rows(self, slots: Ints) -> dict[str, Any]:
        """What is known of some."""
        self.dirty[slots] = False
        columns = {f"{self.label}_{name}": getattr(self, name)[slots] for name in COLUMNS}
        return {f"{self.label}_slot": slots, **columns}

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        slots = state[f"{self.label}_slot"]
        self.grow(int(slots.max()) + 1 if len(slots) else 0)
        for name in COLUMNS:
            if (column := state.get(f"{self.label}_{name}")) is not None:  # a snapshot of an older release has fewer
                getattr(self, name)[slots] = column
