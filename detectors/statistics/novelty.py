"""The novelty tier: what does this series do that it never did before, in up to 32 KB a series.

Views of one series (distances to its nearest earlier windows, fine and coarse, and how far the last hours were off
for the time of day) become ranks among their own past; each keeps its own refractory level; their root mean square
has one more. Nothing looks ahead, and no setting depends on the series.
"""

from dataclasses import dataclass

import numpy as np

from detectors.statistics.columns import Columns
from detectors.statistics.daily import DailyMeans
from detectors.statistics.nearest import CoarseWindows
from detectors.statistics.ranks import Ranks
from detectors.statistics.refractory import Refractory
from domain.batch import Floats, Ints

WINDOWS = ((1, 2000, 20), (4, 900, 20), (12, 500, 20))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoveltySettings:
    """One default for all series."""

    windows: tuple[tuple[int, int, int], ...] = WINDOWS
    """(readings a mean, means remembered, means a window), finest first."""
    neighbour: int = 5
    parts: int = 96
    """How many parts of the day have a mean of their own."""
    memory: float = 30.0
    """Over how many readings such a mean is taken."""
    hours: float = 4.0
    """Over how long residuals are averaged."""
    warm_up: int = 30
    credit: float = 0.3
    rest: float = 200.0
    share: float = 0.2
    again: float = 0.5
    """Weight of the common refractory level."""
    youth: float = 300.0
    """Trust grows with the logarithm of age in units of this many readings."""
    doubt: float = 10.0
    """A surprise of this size scores one half."""


@dataclass(slots=True)
class Novelty(Columns):
    """Scores readings of many series, one slot each."""

    origin: Floats
    age: Ints
    windows: tuple[CoarseWindows, ...]
    daily: DailyMeans
    ranks: Ranks
    apart: Refractory
    together: Refractory
    settings: NoveltySettings

    @classmethod
    def empty(cls, slots: int, settings: NoveltySettings | None = None) -> "Novelty":
        """Room for `slots` series without a past."""
        s = settings or NoveltySettings()
        views = len(s.windows) + 1
        return cls(
            origin=np.zeros(slots),
            age=np.zeros(slots, np.int64),
            windows=tuple(
                CoarseWindows.empty(slots, every=every, lags=lags, rows=rows, neighbour=s.neighbour)
                for every, lags, rows in s.windows
            ),
            daily=DailyMeans.empty(slots, parts=s.parts, memory=s.memory, hours=s.hours),
            ranks=Ranks.empty(slots, views, warm_up=s.warm_up, credit=s.credit),
            apart=Refractory.empty(slots, views, rest=s.rest, share=s.share),
            together=Refractory.empty(slots, 1, rest=s.rest, share=s.share, weight=s.again),
            settings=s,
        )

    def step(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """The scores in [0, 1] of one reading each of different slots; finite values, `at` in nanoseconds."""
        age = self.age[slots]
        self.origin[slots] = np.where(age == 0, values, self.origin[slots])
        self.age[slots] = age + 1
        surprise = self.ranks.step(slots, self.views(slots, at, values - self.origin[slots]))
        surprise *= np.log1p(age / self.settings.youth)[:, None]
        excess = self.apart.step(slots, age, surprise)
        joint = np.sqrt(np.mean(excess * excess, axis=1, keepdims=True))
        joint = self.together.step(slots, age, joint)[:, 0]
        return joint / (joint + self.settings.doubt)

    def views(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """One column a view, NaN where it has no opinion."""
        _, drift = self.daily.step(slots, at, values)
        return np.stack([*(windows.step(slots, values) for windows in self.windows), drift], axis=1)
