"""Multivariate: several metrics of one asset have together left their normal state."""

from dataclasses import dataclass
from typing import Any

from detectors.detector import setting
from detectors.score_settings import metrics, share
from detectors.scored_kind import Scoring
from detectors.scoring import Scorer
from detectors.statistics.joint import Joint, JointSettings


@dataclass(kw_only=True)
class Multivariate(Scoring):
    """Finds joint departures. The wrong tool for one metric, and where the load changes often by itself."""

    metrics: tuple[str, ...] = setting(metrics)
    alarm: float = setting(share, default=0.75)

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {"metrics": ["temp", "current"], "alarm": 0.3, "warm_up": 3, "quiet_for": "1h"}

    def scorer(self) -> Scorer:
        """The joint detector."""
        return Joint.empty(0, len(self.metrics), JointSettings(warm_up=self.warm_up))

    def looks_at(self) -> tuple[str, ...]:
        """Its metrics."""
        return self.metrics
