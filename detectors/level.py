"""Level: a metric has left the level it had, for a moment or for good."""

from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.page import Page
from detectors.scored_metric import ByMeans


@dataclass(kw_only=True)
class Level(ByMeans):
    """Finds spikes and shifts; at most 2 KB a series."""

    views: ClassVar[tuple[str, ...]] = ("level",)
    page: ClassVar[Page] = Page(
        finds=(
            "A supply pressure that drops by a third overnight and stays there, a current that jumps for a minute: "
            "whatever leaves the level that this very device had, without a limit for it."
        ),
        wrong_when=(
            "The level follows the hour (`season`), the limit is known (`threshold`), the slope matters (`rate`), or "
            "the shape is odd while the level is not (`novelty`)."
        ),
        source=(
            "Fast against slow exponential means, as in a moving-average crossover chart (Roberts 1959), ranked among "
            "the series' own past; see docs/detectors-statistical.md."
        ),
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {"metric": "temp", "alarm": 0.05, "warm_up": 2, "youth": 1, "fast": 2, "slow": 20, "quiet_for": "1h"}
