"""Novelty: a metric does what it never did before, whatever that is."""

from dataclasses import dataclass
from typing import Any

from detectors.detector import setting
from detectors.readers import count
from detectors.score_settings import metric
from detectors.scored_kind import Scoring
from detectors.scoring import Scorer
from detectors.single import Single
from detectors.statistics.novelty import Novelty as NoveltyTier
from detectors.statistics.novelty import usual


@dataclass(kw_only=True)
class Novelty(Scoring):
    """Finds new shapes, levels and habits; up to 32 KB a series. The wrong tool for very many series: `level`."""

    metric: str = setting(metric)
    youth: int = setting(count, default=840)
    """Trust in a series grows with the logarithm of its age in units of so many readings."""

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {"metric": "temp", "alarm": 0.05, "warm_up": 2, "youth": 1, "quiet_for": "1h"}

    def scorer(self) -> Scorer:
        """The novelty tier."""
        return Single(NoveltyTier.empty(0, usual(self.warm_up, self.youth)))

    def looks_at(self) -> tuple[str, ...]:
        """Its metric."""
        return (self.metric,)
