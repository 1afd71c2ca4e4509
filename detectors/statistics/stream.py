"""Streams: whole series through a scorer one reading at a time, many series abreast."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from domain.batch import Floats, Ints

Series = tuple[Ints, Floats]
"""Instants and values in order."""


class Scorer(Protocol):
    """Whatever scores one reading each of different slots."""

    def step(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """Scores in [0, 1]."""
        ...


def abreast(scorer: Scorer, series: Sequence[Series]) -> Iterator[tuple[int, Ints, Floats]]:
    """(row, slots, their scores) for every row number; series `i` has slot `i`. What is not finite is skipped."""
    lengths = np.array([len(values) for _, values in series], np.int64)
    longest = int(lengths.max(initial=0))
    instants = np.zeros((longest, len(series)), np.int64)
    readings = np.full((longest, len(series)), np.nan)
    for slot, (at, values) in enumerate(series):
        instants[: len(at), slot], readings[: len(at), slot] = at, values
    for row in range(longest):
        slots = np.nonzero(np.isfinite(readings[row]))[0]
        if len(slots):
            yield row, slots, scorer.step(slots, instants[row, slots], readings[row, slots])


def scores(scorer: Scorer, series: Sequence[Series]) -> list[Floats]:
    """The score of every row of every series; zero where the value is not finite."""
    answer = [np.zeros(len(values)) for _, values in series]
    for row, slots, found in abreast(scorer, series):
        for slot, score in zip(slots.tolist(), found.tolist(), strict=True):
            answer[slot][row] = score
    return answer
