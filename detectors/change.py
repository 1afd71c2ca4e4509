"""Change: a metric is more restless, or calmer, than it was."""

from dataclasses import dataclass
from typing import Any

from detectors.detector import setting
from detectors.readers import count
from detectors.score_settings import metric
from detectors.scored_kind import Scoring
from detectors.scoring import Scorer
from detectors.single import Single
from detectors.statistics.fleet import FleetTier, usual


@dataclass(kw_only=True)
class Change(Scoring):
    """Finds a changed noise and stuck values; at most 2 KB a series. The wrong tool for a shifted level: `level`."""

    metric: str = setting(metric)
    youth: int = setting(count, default=840)
    """Trust in a series grows with the logarithm of its age in units of so many readings."""
    fast: int = setting(count, default=20)
    slow: int = setting(count, default=300)
    """Readings of the short and the long mean."""

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {"metric": "temp", "alarm": 0.01, "warm_up": 2, "youth": 1, "fast": 2, "slow": 20, "quiet_for": "1h"}

    def scorer(self) -> Scorer:
        """The fleet tier with these views."""
        return Single(FleetTier.empty(0, ("change",), usual(self.warm_up, self.youth, self.fast, self.slow)))

    def looks_at(self) -> tuple[str, ...]:
        """Its metric."""
        return (self.metric,)
