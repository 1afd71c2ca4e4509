"""Conditions: what is wrong with a device for a while: it is not heard, or one of its metrics says something else."""

from enum import Enum, auto
from typing import NamedTuple

from domain.instants import Duration


class Shape(Enum):
    """What a condition does."""

    SILENT = auto()
    """Nothing of the device arrives."""
    DRIFT = auto()
    """The metric moves evenly, and stays where it has got to."""
    SHIFT = auto()
    """The metric stands elsewhere and comes back."""
    STUCK = auto()
    """The metric repeats its last value."""
    NOISY = auto()
    """The metric shakes more."""
    MISSING = auto()
    """The metric is left out."""


class Condition(NamedTuple):
    """One condition; times count from the scenario's start once it stands in a plan."""

    shape: Shape
    since: Duration
    until: Duration
    """Before it; a drift is complete then."""
    metric: str = ""
    by: float = 0.0

    def moved(self, by: Duration) -> "Condition":
        """The same, later."""
        return self._replace(since=self.since + by, until=self.until + by)

    def holds(self, at: Duration) -> bool:
        """It does at this time."""
        return self.since <= at < self.until

    def drift(self, at: Duration) -> float:
        """By how much the metric has moved."""
        if at < self.since:
            return 0.0
        return self.by * min(1.0, (at - self.since) / max(1, self.until - self.since))
