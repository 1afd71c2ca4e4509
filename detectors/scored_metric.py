"""Scored metrics: what the rule kinds share that score one metric, and those among them that follow its means."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.detector import setting
from detectors.readers import count
from detectors.score_settings import metric
from detectors.scored_kind import Scoring
from detectors.scoring import Scorer
from detectors.single import Single
from detectors.statistics.fleet import FleetSettings, FleetTier, usual


@dataclass(kw_only=True)
class OneMetric(Scoring):
    """One metric of a key."""

    metric: str = setting(metric)
    """The metric whose readings are scored."""
    youth: int = setting(count, default=840)
    """Trust in a series grows with the logarithm of its age in units of so many readings."""

    def looks_at(self) -> tuple[str, ...]:
        """Its metric."""
        return (self.metric,)

    def scorer(self) -> Scorer:
        """The columns that score it."""
        return Single(self.tier())

    def tier(self) -> Scorer:
        """The columns that score one column of values."""
        raise NotImplementedError(f"{type(self).__name__} says which tier scores its metric")


@dataclass(kw_only=True)
class ByViews(OneMetric):
    """One metric, by views of the fleet tier."""

    views: ClassVar[tuple[str, ...]]
    """Which views."""

    def tier(self) -> Scorer:
        """The fleet tier with these views."""
        return FleetTier.empty(0, self.views, self.tuned())

    def tuned(self) -> FleetSettings:
        """The tier's settings with those of the rule."""
        return usual(self.warm_up, self.youth)


@dataclass(kw_only=True)
class ByMeans(ByViews):
    """One metric, by a short and a long running mean."""

    fast: int = setting(count, default=20)
    """Readings of the short mean: how soon a change shows."""
    slow: int = setting(count, default=300)
    """Readings of the long mean: what a change is held against."""

    def tuned(self) -> FleetSettings:
        """The tier's settings with those of the rule."""
        return usual(self.warm_up, self.youth, self.fast, self.slow)
