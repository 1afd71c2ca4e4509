"""Level: a metric has left the level it had, for a moment or for good."""

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
class Level(Scoring):
    """Finds spikes and shifts; at most 2 KB a series. The wrong tool where the level follows the hour: `season`."""

    metric: str = setting(metric)
    youth: int = setting(count, default=840)
    """Trust in a series grows with the logarithm of its age in units of so many readings."""
    fast: int = setting(count, default=20)
    slow: int = setting(count, default=300)
    """Readings of the short and the long mean."""

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {"metric": "temp", "alarm": 0.05, "warm_up": 2, "youth": 1, "fast": 2, "slow": 20, "quiet_for": "1h"}

    def scorer(self) -> Scorer:
        """The fleet tier with these views."""
        return Single(FleetTier.empty(0, ("level",), usual(self.warm_up, self.youth, self.fast, self.slow)))

    def looks_at(self) -> tuple[str, ...]:
        """Its metric."""
        return (self.metric,)
