"""Single: a scorer of one metric where rows of several are given."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from detectors.scoring import Scorer
from domain.batch import Floats, Ints


class Single:
    """Takes the only column of `values[slot, metric]`."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def step(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """Scores in [0, 1]."""
        return self.scorer.step(slots, at, values[:, 0])

    def grow(self, slots: int) -> None:
        """Make room."""
        self.scorer.grow(slots)

    def take(self, slots: Ints) -> dict[str, NDArray[Any]]:
        """Rows of some slots by name."""
        return self.scorer.take(slots)

    def put(self, slots: Ints, rows: Mapping[str, NDArray[Any]]) -> None:
        """Set the rows of some slots."""
        self.scorer.put(slots, rows)
