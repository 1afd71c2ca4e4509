"""Scores: how good answers were, each failure counted once, with an interval that knows machines repeat themselves."""

from dataclasses import dataclass

import numpy as np

from detectors.learning.chances import Interval
from domain.batch import Bools, Floats, Ints

SAMPLES = 2000
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Score:
    """Of answers yes or no."""

    right: int
    """Failures that were told."""
    false: int
    """Told, and none came."""
    missed: int
    precision: float
    recall: float
    f1: float
    interval: Interval
    """Of F1, 95 %, over samples of machines."""


def score(asset: Ints, told: Bools, truth: Bools, seed: int = 0) -> Score:
    """The score of answers; rows of one machine stay together when its interval is drawn."""
    machines = int(asset.max(initial=-1)) + 1
    right, false, missed = (
        np.bincount(asset, rows, minlength=machines).astype(np.float64)
        for rows in (told & truth, told & ~truth, ~told & truth)
    )
    draw = np.random.default_rng(seed)
    weights = draw.multinomial(machines, np.full(machines, 1.0 / max(machines, 1)), size=SAMPLES).astype(np.float64)
    samples = f1(weights @ right, weights @ false, weights @ missed)
    low, high = np.quantile(samples, (0.025, 0.975)).tolist()
    hits, wrong, lost = (int(column.sum()) for column in (right, false, missed))
    return Score(
        right=hits,
        false=wrong,
        missed=lost,
        precision=share(hits, hits + wrong),
        recall=share(hits, hits + lost),
        f1=share(2 * hits, 2 * hits + wrong + lost),
        interval=Interval(low, high),
    )


def share(part: int, whole: int) -> float:
    """A part of a whole; of nothing 0."""
    return part / whole if whole else 0.0


def f1(right: Floats, false: Floats, missed: Floats) -> Floats:
    """The harmonic mean of precision and recall; 0 where nothing was right."""
    whole = 2 * right + false + missed
    return np.where(whole > 0, 2 * right / np.maximum(whole, 1), 0.0)


def brier(chances: Floats, truth: Bools) -> float:
    """The mean squared distance between probability and what came."""
    return float(((chances - truth) ** 2).mean())


def calibration_table(chances: Floats, truth: Bools) -> list[tuple[float, int, float, float]]:
    """For each tenth of probability with answers in it: its lower end, how many, mean probability, share that came."""
    tenth = np.minimum((chances * TENTHS).astype(np.int64), TENTHS - 1)
    return [
        (number / TENTHS, int(rows.sum()), float(chances[rows].mean()), float(truth[rows].mean()))
        for number in range(TENTHS)
        if (rows := tenth == number).any()
    ]
