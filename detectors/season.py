"""Season: a metric is not what it usually is at this time of day, or at this hour of the week."""

from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.page import Page
from detectors.scored_metric import ByViews


@dataclass(kw_only=True)
class Season(ByViews):
    """Finds hours that are off; at most 2 KB a series."""

    views: ClassVar[tuple[str, ...]] = ("season",)
    page: ClassVar[Page] = Page(
        finds=(
            "A shop's cooling that works at night as it does by day, an office building that is heated on a Sunday: "
            "values that are usual, at an hour at which they are not. The hour of the week counts from the third week "
            "on, where it explains more than the time of day."
        ),
        wrong_when="There is no daily or weekly rhythm (`level`), or there is less than a week of readings.",
        source=(
            "Running means for each half hour of the day (a seasonal-naive forecast that learns), the mean residual "
            "of each hour of the week, and the surprise of a frequency table of values by hour; see "
            "docs/detectors-statistical.md."
        ),
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {"metric": "temp", "alarm": 0.05, "warm_up": 2, "youth": 1, "quiet_for": "1h"}
