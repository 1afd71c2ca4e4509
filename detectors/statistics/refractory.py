"""Refractory: a level that a surprise raises and that time lets sink, so that one trouble is told once."""

from dataclasses import dataclass

import numpy as np

from detectors.statistics.columns import Columns
from domain.batch import Floats, Ints


@dataclass(slots=True)
class Refractory(Columns):
    """What of a surprise sticks out of the level that earlier surprises left behind; one level a (slot, view).

    The level sinks by 1/e in `rest` readings and, for an older series, in `share` of its age more.
    `weight` is how much of the level is held against a surprise.
    """

    level: Floats
    rest: float
    share: float
    weight: float

    @classmethod
    def empty(
        cls, slots: int, views: int, *, rest: float = 200.0, share: float = 0.2, weight: float = 1.0
    ) -> "Refractory":
        """No surprise yet."""
        return cls(level=np.zeros((slots, views)), rest=rest, share=share, weight=weight)

    def step(self, slots: Ints, age: Ints, surprise: Floats) -> Floats:
        """The part of `surprise[slot, view]` above the level, which then rises to it. `age` counts readings."""
        level = self.level[slots] * np.exp(-1.0 / (self.rest + self.share * age))[:, None]
        excess: Floats = np.maximum(surprise - self.weight * level, 0.0)
        self.level[slots] = np.where(excess > 0.0, np.maximum(level, surprise), level)
        return excess
