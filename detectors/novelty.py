"""Novelty: a metric does what it never did before, whatever that is."""

from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.page import Page
from detectors.scored_metric import OneMetric
from detectors.scoring import Scorer
from detectors.statistics.novelty import Novelty as NoveltyTier
from detectors.statistics.novelty import usual


@dataclass(kw_only=True)
class Novelty(OneMetric):
    """Finds new shapes, levels and habits; up to 32 KB a series."""

    page: ClassVar[Page] = Page(
        finds=(
            "A compressor whose start-up curve has another shape, a pump that pulses where it used to run evenly: "
            "anything that this series has not done before, without saying beforehand what."
        ),
        wrong_when=(
            "There are very many series (`level`, `change` and `season` cost a tenth), or what is wrong has a name "
            "and a number (`threshold`, `rate`)."
        ),
        source=(
            "Distance to the fifth nearest earlier window (k-nearest-neighbour novelty), time-of-day residuals and an "
            "adaptive frequency model, each ranked among its own past and combined; figures, and what each part is "
            "worth, stand in docs/benchmarks.md."
        ),
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {"metric": "temp", "alarm": 0.05, "warm_up": 2, "youth": 1, "quiet_for": "1h"}

    def tier(self) -> Scorer:
        """The novelty tier."""
        return NoveltyTier.empty(0, usual(self.warm_up, self.youth))
