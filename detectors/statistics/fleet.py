"""The fleet tier: level, change and season of very many series, in at most 2 KB a series.

Each is a set of views that costs the same few operations a reading whatever the past; `FleetTier` has those asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from detectors.statistics.columns import Columns
from detectors.statistics.daily import DailyMeans
from detectors.statistics.habits import Habits
from detectors.statistics.judgement import Judgement, JudgementSettings
from detectors.statistics.levels import Levels
from detectors.statistics.stuck import Stuck
from domain.batch import Floats, Ints

BINS = 32
LARGEST = 1e15
"""Larger values are taken as this."""
KINDS = ("level", "change", "season")
STUCK = "stuck"
"""Beside these: a value that is repeated. It scores by itself, because a run of zeros is no rare number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSettings:
    """One default for all series."""

    fast: int = 20
    slow: int = 300
    """Readings of the fast and the slow mean."""
    parts: int = 48
    memory: float = 30.0
    hours: tuple[float, ...] = (4.0,)
    weeks: bool = True
    """Whether the hour of the week is learnt beside the time of day."""
    levels: int = 8
    span: int = 20
    """As in the novelty tier."""
    judgement: JudgementSettings = field(default_factory=JudgementSettings)


@dataclass(slots=True)
class FleetTier(Columns):
    """Scores readings of many series, one slot each, by some of level, change and season."""

    age: Ints
    levels: Levels
    daily: DailyMeans | None
    habits: Habits | None
    stuck: Stuck | None
    judgement: Judgement
    kinds: Sequence[str]

    @classmethod
    def empty(cls, slots: int, kinds: Sequence[str] = KINDS, settings: FleetSettings | None = None) -> "FleetTier":
        """Room for `slots` series without a past."""
        s = settings or FleetSettings()
        seasonal = "season" in kinds
        return cls(
            age=np.zeros(slots, np.int64),
            levels=Levels.empty(slots, fast=s.fast, slow=s.slow),
            daily=daily_means(slots, s) if seasonal else None,
            habits=Habits.empty(slots, levels=s.levels, span=s.span) if seasonal else None,
            stuck=Stuck.empty(slots, warm_up=s.judgement.warm_up) if STUCK in kinds else None,
            judgement=Judgement.empty(slots, weights(kinds), BINS, s.judgement),
            kinds=tuple(kinds),
        )

    def step(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """The scores in [0, 1] of one reading each of different slots; finite values, `at` in nanoseconds."""
        values = np.clip(values, -LARGEST, LARGEST)
        age = self.age[slots]
        scores = self.judgement.step(slots, age, self.views(slots, at, values))
        return scores if self.stuck is None else np.maximum(scores, self.stuck.step(slots, age, values))

    def views(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """One column a view, NaN where it has no opinion."""
        age = self.age[slots]
        self.age[slots] = age + 1
        stand = self.levels.step(slots, age, values)
        columns = []
        if "level" in self.kinds:
            columns += [np.abs(stand.off), stand.apart]
        if "change" in self.kinds:
            columns += [stand.noise()]
        if self.daily is not None and self.habits is not None:
            columns += [self.hours_off(self.daily, slots, at, values), self.habits.step(slots, at, stand.rank())]
        return np.column_stack(columns)

    def hours_off(self, daily: DailyMeans, slots: Ints, at: Ints, values: Floats) -> Floats:
        """How far the last hours were off; ranked anew for series whose hours of the week are believed from now on."""
        if daily.week is None:
            return daily.step(slots, at, values)[1][:, 0]
        before = daily.week.is_believed[slots]
        drift = daily.step(slots, at, values)[1][:, 0]
        turned = slots[daily.week.is_believed[slots] != before]
        self.judgement.forget(turned, names(self.kinds).index("hours off"))
        return drift


VIEWS = {
    "level": (("value off its level", 0.5), ("level moved", 1.0)),
    "change": (("noise changed", 0.5),),
    "season": (("hours off", 1.0), ("habit broken", 1.0)),
}


def daily_means(slots: int, s: FleetSettings) -> DailyMeans:
    """What the time of day brings, and the hour of the week where `weeks` says so."""
    return DailyMeans.empty(slots, parts=s.parts, memory=s.memory, hours=s.hours, knows_weeks=s.weeks)


def names(kinds: Sequence[str]) -> tuple[str, ...]:
    """What the views of the asked kinds are called."""
    return tuple(name for kind in KINDS if kind in kinds for name, _ in VIEWS[kind])


def weights(kinds: Sequence[str]) -> tuple[float, ...]:
    """The weight of each view of the asked kinds."""
    return tuple(weight for kind in KINDS if kind in kinds for _, weight in VIEWS[kind])


def usual(warm_up: int, youth: int, fast: int = 20, slow: int = 300) -> FleetSettings:
    """The defaults, with another warm-up, youth and means."""
    return FleetSettings(fast=fast, slow=slow, judgement=JudgementSettings(warm_up=warm_up, youth=youth))
