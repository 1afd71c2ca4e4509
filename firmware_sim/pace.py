"""The pace: when each message leaves in real time, and what happens when the broker cannot keep up."""

import math
from collections.abc import Iterator

from domain.instants import SECOND, Instant
from firmware_sim.publication import Publication

PATIENCE = 0.2
"""Seconds of delay that are made up for; beyond, the schedule waits."""


class Schedule:
    """When each message shall leave, on the event loop's clock."""

    def __init__(self, publications: Iterator[Publication], start: Instant, begun: float, speed: float) -> None:
        self.publications, self.start, self.begun, self.speed = publications, start, begun, speed
        self.behind = 0.0
        """Seconds by which everything that follows is put off."""

    def __iter__(self) -> Iterator[tuple[float, Publication]]:
        """Each message with its time."""
        for publication in self.publications:
            yield self.begun + (publication.at - self.start) / SECOND / self.speed, publication

    def pause(self, due: float, now: float) -> float:
        """Seconds until what is planned for `due` may leave; a long delay is passed on to all that follows."""
        late = now - due - self.behind
        if late > PATIENCE and math.isfinite(self.speed):
            self.behind += late
        return max(0.0, -late)
