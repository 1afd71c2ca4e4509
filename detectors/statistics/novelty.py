"""The novelty tier: what does this series do that it never did before, in up to 32 KB a series.

Its views are the distances to the nearest earlier windows, fine and coarse, how far the last hours were off for
the time of day, and how strange their values are for it. Nothing looks ahead, and no setting depends on the series.
"""

from dataclasses import dataclass, field

import numpy as np

from detectors.statistics.columns import Columns
from detectors.statistics.daily import DailyMeans
from detectors.statistics.habits import Habits
from detectors.statistics.judgement import Judgement, JudgementSettings
from detectors.statistics.nearest import CoarseWindows, NearestWindows
from domain.batch import Floats, Ints

BINS = 192
LARGEST = 1e15
"""Larger values are taken as this."""
NAMES = ("window", "coarse window", "hours off", "habit broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoveltySettings:
    """One default for all series."""

    lags: int = 2000
    """Readings back that a window is compared with."""
    rows: int = 20
    """Readings a window."""
    every: int = 12
    """Readings a mean of the coarse windows."""
    coarse_lags: int = 500
    coarse_rows: int = 20
    neighbour: int = 5
    parts: int = 96
    """How many parts of the day have a mean of their own."""
    memory: float = 30.0
    """Over how many readings such a mean is taken."""
    hours: tuple[float, ...] = (24.0,)
    """Over how long residuals are averaged."""
    levels: int = 8
    """Of values, by rank, whose habits are learnt for every hour of the day."""
    span: int = 20
    """Over how many readings the strangeness of values is averaged."""
    weights: tuple[float, ...] = (1.0, 1.0, 0.7, 1.0)
    judgement: JudgementSettings = field(default_factory=JudgementSettings)


@dataclass(slots=True)
class Novelty(Columns):
    """Scores readings of many series, one slot each."""

    origin: Floats
    age: Ints
    fine: NearestWindows
    coarse: CoarseWindows
    daily: DailyMeans
    habits: Habits
    judgement: Judgement

    @classmethod
    def empty(cls, slots: int, settings: NoveltySettings | None = None) -> "Novelty":
        """Room for `slots` series without a past."""
        s = settings or NoveltySettings()
        return cls(
            origin=np.zeros(slots),
            age=np.zeros(slots, np.int64),
            fine=NearestWindows.empty(slots, lags=s.lags, rows=s.rows, neighbour=s.neighbour),
            coarse=CoarseWindows.empty(
                slots, every=s.every, lags=s.coarse_lags, rows=s.coarse_rows, neighbour=s.neighbour
            ),
            daily=DailyMeans.empty(slots, parts=s.parts, memory=s.memory, hours=s.hours),
            habits=Habits.empty(slots, levels=s.levels, span=s.span),
            judgement=Judgement.empty(slots, s.weights, BINS, s.judgement),
        )

    def step(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """The scores in [0, 1] of one reading each of different slots; finite values, `at` in nanoseconds."""
        values = np.clip(values, -LARGEST, LARGEST)
        age = self.age[slots]
        self.origin[slots] = np.where(age == 0, values, self.origin[slots])
        self.age[slots] = age + 1
        return self.judgement.step(slots, age, self.views(slots, at, values - self.origin[slots]))

    def views(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """One column a view, NaN where it has no opinion."""
        fine, rank = self.fine.step(slots, values)
        coarse = self.coarse.step(slots, values)
        _, drift = self.daily.step(slots, at, values)
        return np.column_stack([fine, coarse, drift, self.habits.step(slots, at, rank)])


def usual(warm_up: int, youth: int) -> NoveltySettings:
    """The defaults, with another warm-up and youth."""
    return NoveltySettings(judgement=JudgementSettings(warm_up=warm_up, youth=youth))
