"""Listening: a clock that stands still while we could not have heard anything.

It stands while the way to the broker is down, while nothing at all was journaled (we were not running), and for a
grace after either, in which the broker hands over what waited there.
"""

from typing import Any

import numpy as np

from domain.batch import Ints
from domain.instants import MINUTE, Duration, Instant
from domain.ports import Arrays

STANDSTILL: Duration = 2 * MINUTE
"""A tick is journaled every few seconds; when nothing at all came for so long, nobody listened."""
FARTHEST = 2**61
"""Times and sums of durations are kept within bounds whose differences fit a column."""


class Listening:
    """How long we have listened altogether, at an instant of arrival."""

    def __init__(self, grace: Duration) -> None:
        self.grace = grace
        self.listened: Duration = 0
        """Up to …"""
        self.since: Instant = 0
        """… this instant, from which on we listen."""
        self.last: Instant | None = None
        """When the latest entry came; None before the first."""
        self.is_up = True
        self.resumed: Duration = 0
        """What the clock showed when it was last set going."""

    def hear(self, received_at: Ints) -> Ints:
        """What the clock shows at the arrival of items, in order; takes note that they came."""
        at: Ints = np.clip(received_at, -FARTHEST, FARTHEST)
        if not len(at):
            return at
        first = int(at[0]) if self.last is None else self.last
        breaks = np.flatnonzero(np.diff(at, prepend=first) > STANDSTILL)
        shown = np.empty(len(at), np.int64)
        begin = 0
        for end in (*breaks.tolist(), len(at)):
            if end > begin:
                shown[begin:end] = self.shows_all(at[begin:end])
                self.last = int(at[end - 1])
            if end < len(at):
                self.pass_to(int(at[end]))
            begin = end
        return shown

    def shows_all(self, at: Ints) -> Ints:
        """What it shows at some instants without a standstill between them."""
        if self.last is None:
            self.pass_to(int(at[0]))
        ran = np.maximum(at - self.since, 0) if self.is_up else np.zeros(len(at), np.int64)
        shown: Ints = np.minimum(self.listened + ran, FARTHEST)
        return shown

    def tick(self, at: Instant) -> Duration:
        """What it shows at a tick; takes note that it came."""
        at = max(-FARTHEST, min(at, FARTHEST))
        self.pass_to(at)
        return self.shows(at)

    def shows(self, at: Instant) -> Duration:
        """What it shows."""
        return min(self.listened + (max(0, at - self.since) if self.is_up else 0), FARTHEST)

    def pass_to(self, at: Instant) -> None:
        """An entry came at this instant; what lies before it may have been a standstill."""
        if self.last is None:
            self.since = at
        elif at - self.last > STANDSTILL:
            self.set_going(at, shown=self.shows(self.last))
        self.last = at

    def link(self, at: Instant, *, is_up: bool) -> None:
        """The way to the broker is open now, or not. Open when it was open: we were away ourselves."""
        at = max(-FARTHEST, min(at, FARTHEST))
        if is_up:
            self.set_going(at, shown=self.shows(at if self.last is None else min(at, self.last)))
        else:
            self.listened = self.shows(at)
        self.is_up, self.last = is_up, at

    def set_going(self, at: Instant, *, shown: Duration) -> None:
        """It goes on after the grace."""
        self.listened = self.resumed = shown
        self.since = min(at + self.grace, FARTHEST)

    # -- snapshots

    def row(self) -> list[int]:
        """All of it as numbers."""
        last = [0, 0] if self.last is None else [1, self.last]
        return [self.listened, self.since, int(self.is_up), self.resumed, *last]

    def set_row(self, row: list[int]) -> None:
        """Take such numbers in."""
        self.listened, self.since, is_up, self.resumed, has_last, last = row
        self.is_up, self.last = bool(is_up), last if has_last else None

    def state(self) -> dict[str, Any]:
        """The same as an array."""
        return {"listening": np.array(self.row(), np.int64)}

    def restore(self, state: Arrays) -> None:
        """Take such an array in."""
        self.set_row(state["listening"].tolist())
