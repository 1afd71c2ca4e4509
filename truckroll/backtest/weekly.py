"""Weekly: how much a week there is, and between which bounds that lies, from the weeks that there were."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from domain.batch import Floats
from domain.instants import DAY, Duration, Instant, instant_text

WEEK: Duration = 7 * DAY
DRAWS = 2_000
LEVEL = 0.95
FEWEST_WEEKS = 3
"""Of fewer weeks no bounds are told: drawing again from one or two weeks says nothing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A mean a week with its interval (95 %, bootstrap over weeks); no bounds where there are too few weeks."""

    mean: float
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        return {"per_week": self.mean, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Weeks:
    """Stretches of seven days from the first message on; the last may be shorter and counts as the part it is."""

    begin: Instant
    end: Instant

    @property
    def lengths(self) -> Floats:
        """Each week's length in weeks."""
        whole, rest = divmod(max(self.end - self.begin, 0), WEEK)
        return np.array([1.0] * whole + ([rest / WEEK] if rest or not whole else []))

    def sums(self, amounts: Iterable[tuple[Instant, float]]) -> Floats:
        """Week by week, the sum of amounts at instants."""
        total = np.zeros(len(self.lengths))
        for at, amount in amounts:
            total[min(max(0, (at - self.begin) // WEEK), len(total) - 1)] += amount
        return total

    def names(self) -> list[str]:
        """The day on which each week begins."""
        return [instant_text(self.begin + n * WEEK)[:10] for n in range(len(self.lengths))]


def rate(sums: Floats, weeks: Weeks, seed: int) -> Rate:
    """The mean a week of weekly sums. The bounds come from drawing whole weeks again, the same for the same seed."""
    lengths = weeks.lengths
    mean = float(sums.sum() / lengths.sum()) if lengths.sum() else 0.0
    if len(sums) < FEWEST_WEEKS:
        return Rate(mean, None, None)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / lengths[drawn].sum(axis=1)
    low, high = np.quantile(means, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)).tolist()
    return Rate(mean, low, high)


def share(right: int, of: int) -> tuple[float, float] | None:
    """The interval of a share (95 %, Wilson 1927); None of nothing."""
    if not of:
        return None
    z2 = 1.959963984540054**2
    middle, width = right / of + z2 / (2 * of), (z2 * (right / of * (1 - right / of) / of + z2 / (4 * of * of))) ** 0.5
    return max(0.0, (middle - width) / (1 + z2 / of)), min(1.0, (middle + width) / (1 + z2 / of))
