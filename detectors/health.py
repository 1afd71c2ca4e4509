"""Health: how long a device was heard between two instants, with silence that is too long left out as unknown."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from domain.instants import Duration, Instant

SLICES = 64
"""A duration that needs evidence is watched in so many slices …"""
GAP_SLICES = 8
"""… and silence longer than so many of them is unknown time."""

Heard = tuple[int, ...]
"""Numbers of the slices of event time in which the device was heard, in order."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a device was heard for `enough`; 0 = never asked."""

    enough: Duration

    @property
    def slice(self) -> Duration:
        """The length of a slice."""
        return max(1, self.enough // SLICES)

    def with_sign(self, heard: Heard, at: Instant) -> Heard:
        """It was heard then; the same object where that is no news."""
        if not self.enough:
            return heard
        number = at // self.slice
        place = bisect_left(heard, number)
        if place < len(heard) and heard[place] == number:
            return heard
        return (*heard[:place], number, *heard[place:])

    def since(self, heard: Heard, at: Instant) -> Heard:
        """What matters from an instant on."""
        return heard[bisect_left(heard, at // self.slice) :]

    def held(self, since: Instant, until: Instant, heard: Heard) -> bool:
        """Between two instants it was heard for long enough."""
        if not self.enough or until - since < (SLICES - 1) * self.slice:
            return False
        return self.slices(since, until, heard) >= SLICES

    def slices(self, since: Instant, until: Instant, heard: Heard) -> int:
        """Slices between two instants that are covered by being heard; longer silences are unknown."""
        first, last = since // self.slice, until // self.slice
        covered, before = 0, first
        for number in (*heard[bisect_right(heard, first) : bisect_left(heard, last)], last):
            if number - before <= GAP_SLICES:
                covered += number - before
            before = number
        return covered

    def may_tell(self, since: Instant, heard: Heard, *, within: Duration, lateness: Duration) -> bool:
        """Being heard more may still show that it was healthy from an instant on, or take that back."""
        if not self.enough:
            return False
        if not heard:
            return True
        if heard[-1] * self.slice - since > within + lateness:
            return False
        return self.slices(since, (heard[-1] + 1) * self.slice, heard) < SLICES + lateness // self.slice + 1
