"""Multivariate: several metrics of one asset have together left their normal state."""

from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.detector import setting
from detectors.page import Page
from detectors.score_settings import metrics, share
from detectors.scored_kind import Scoring
from detectors.scoring import Scorer
from detectors.statistics.joint import Joint, JointSettings


@dataclass(kw_only=True)
class Multivariate(Scoring):
    """Finds joint departures of several metrics."""

    metrics: tuple[str, ...] = setting(metrics)
    """Two to 32 metrics that the asset gives."""
    alarm: float = setting(share, default=0.75)
    """The score from which on there is an alarm; one metric alone hardly reaches it."""

    page: ClassVar[Page] = Page(
        finds=(
            "A pump that draws more current at the same flow, a valve that is half open although pressure and flow "
            "are each still usual: metrics that no longer belong together."
        ),
        wrong_when="There is one metric (`level`, `novelty`), or the load changes often by itself.",
        source=(
            "Hotelling's T² on running estimates (Hotelling 1947) with shrunk correlations (Ledoit and Wolf 2004); "
            "see docs/detectors-statistical.md."
        ),
    )

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
