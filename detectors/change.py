"""Change: a metric is more restless, or calmer, than it was."""

from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.page import Page
from detectors.scored_metric import ByMeans


@dataclass(kw_only=True)
class Change(ByMeans):
    """Finds a changed noise and stuck values; at most 2 KB a series."""

    views: ClassVar[tuple[str, ...]] = ("change", "stuck")
    page: ClassVar[Page] = Page(
        finds=(
            "A bearing whose vibration grows rougher while its mean stays, a sensor that is stuck at one value, a "
            "loop that begins to hunt."
        ),
        wrong_when=(
            "The level shifts (`level`), a number must not pass a limit (`threshold`), or nothing comes at all "
            "(`absence`)."
        ),
        source=(
            "The ratio of the fast to the slow mean of absolute steps, a running form of the mean square successive "
            "difference (von Neumann 1941), ranked among the series' own past; of a stuck value the chance of so long "
            "a run, as in a runs test (Wald and Wolfowitz 1940); see docs/detectors-statistical.md."
        ),
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {"metric": "temp", "alarm": 0.01, "warm_up": 2, "youth": 1, "fast": 2, "slow": 20, "quiet_for": "1h"}
