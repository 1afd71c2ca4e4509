"""Wear features: what a device's past says of its wear at each step; nothing after the step is looked at."""

from dataclasses import dataclass

import numpy as np

from domain.batch import Bools, Floats
from maintenance.remaining_regimes import Regimes, moving, regimes_of, tuples
from maintenance.remaining_tracks import Tracks

WEAR_SPANS, WEAR_SLOPES = (5, 10, 20, 40), (15, 30, 60, 120)
SPANS, SLOPES = (10, 30), (40,)
"""In steps: of each metric, as it is noisier than the wear that all metrics give together."""
BEGINNING = 20
"""So many first steps say how the unit was when new."""
RIDGE = 10.0
TOGETHER = 64
"""Units padded to the longest at once."""


@dataclass(frozen=True, slots=True)
class Look:
    """How rows become features: learned from training units alone, and a matter of numbers."""

    regimes: Regimes
    moves: tuple[bool, ...]
    """[metric]: those looked at."""
    wear: tuple[tuple[tuple[float, ...], ...], ...]
    """[regime][1 + metric][2]: weights that make a step's scores into its wear: life left, and nearness of the end."""

    def width(self, metrics: int) -> int:
        """How many features there are."""
        own = len(SPANS) + len(SLOPES) + 1
        return 1 + 2 * (len(WEAR_SPANS) + len(WEAR_SLOPES) + 1) + metrics * own

    @property
    def count(self) -> int:
        """How many features this look gives."""
        return self.width(sum(self.moves))

    @property
    def recent(self) -> slice:
        """Where the metrics' recent means stand among the features."""
        begin = self.width(0)
        return slice(begin, begin + sum(self.moves))

    def wear_of(self, tracks: Tracks, scores: Floats) -> Floats:
        """[row, 2]: wear at each step by itself; NaN where the regime is unknown."""
        regime = self.regimes.of(tracks.settings)
        weights = np.array(self.wear)[regime]
        known = np.where(np.isfinite(scores), scores, 0.0)
        found = weights[:, 0] + np.einsum("rm,rmk->rk", known, weights[:, 1:])
        heard = (regime >= 0) & np.isfinite(scores).any(axis=1)
        return np.where(heard[:, np.newaxis], found, np.nan)

    def features(self, tracks: Tracks) -> Floats:
        """[row, feature]: use, wear (means, slopes, beginning), then the same of each metric."""
        scores = self.regimes.scores(tracks)[:, np.array(self.moves, bool)]
        wear = self.wear_of(tracks, scores)
        found = np.empty((len(tracks), self.width(scores.shape[1])))
        for units in tracks.chunks(TOGETHER):
            rows = slice(tracks.starts[units.start], tracks.starts[units.stop])
            sizes = np.diff(tracks.starts[units.start : units.stop + 1])
            inside = np.arange(sizes.max()) < sizes[:, None]
            columns = [
                *windows(padded(wear[rows], inside), WEAR_SPANS, WEAR_SLOPES),
                *windows(padded(scores[rows], inside), SPANS, SLOPES),
            ]
            found[rows] = np.hstack([tracks.use[rows, None], *(column[inside] for column in columns)])
        return found


def padded(rows: Floats, inside: Bools) -> Floats:
    """[unit, step, number]: rows of several units under one another, NaN behind the end of each."""
    cube = np.full((*inside.shape, rows.shape[1]), np.nan)
    cube[inside] = rows
    return cube


def windows(cube: Floats, spans: tuple[int, ...], slopes: tuple[int, ...]) -> list[Floats]:
    """Weighted means, slopes and the mean of the beginning; each [unit, step, number]."""
    sums = Sums.of(cube)
    return [*(fading(cube, span) for span in spans), *(sums.slope(steps) for steps in slopes), sums.beginning()]


def fading(cube: Floats, span: int) -> Floats:
    """The exponentially weighted mean up to each step; unknown numbers weigh nothing."""
    keep = 1.0 - 2.0 / (span + 1)
    known = np.isfinite(cube)
    numbers = np.where(known, cube, 0.0)
    total, weight = np.zeros((cube.shape[0], cube.shape[2])), np.zeros((cube.shape[0], cube.shape[2]))
    found = np.empty_like(cube)
    for step in range(cube.shape[1]):
        total = total * keep + numbers[:, step]
        weight = weight * keep + known[:, step]
        found[:, step] = np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Running sums, so that any window costs the same: [unit, step + 1, number]."""

    count: Floats
    number: Floats
    step: Floats
    both: Floats
    square: Floats

    @classmethod
    def of(cls, cube: Floats) -> "Sums":
        """Of known numbers only."""
        known = np.isfinite(cube).astype(np.float64)
        numbers = np.where(known > 0, cube, 0.0)
        steps = np.arange(cube.shape[1], dtype=np.float64)[None, :, None] * known
        return cls(*(running(part) for part in (known, numbers, steps, steps * numbers, steps * steps)))

    def slope(self, steps: int) -> Floats:
        """Of the least-squares line over the last `steps` steps, times √(known numbers): short ones are noise."""
        n, y, x, xy, xx = (window(part, steps) for part in (self.count, self.number, self.step, self.both, self.square))
        across = n * xx - x * x
        found = (n * xy - x * y) / np.where(across > 0.5, across, np.inf)
        return np.where(n > 0, found * np.sqrt(n), np.nan)

    def beginning(self) -> Floats:
        """The mean of the first steps, or of all so far."""
        end = np.minimum(np.arange(1, self.count.shape[1]), BEGINNING)
        count, total = self.count[:, end], self.number[:, end]
        return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def running(part: Floats) -> Floats:
    """Sums before each step, and at last of all."""
    return np.concatenate([np.zeros((part.shape[0], 1, part.shape[2])), np.cumsum(part, axis=1)], axis=1)


def window(sums: Floats, steps: int) -> Floats:
    """The sum over the last `steps` steps up to each."""
    end = np.arange(1, sums.shape[1])
    return np.asarray(sums[:, end] - sums[:, np.maximum(end - steps, 0)])


def look_of(tracks: Tracks, sight: float) -> Look:
    """Learned from units that failed: regimes, normals and, by ridge regression in each regime, wear.

    The first wear is the life left in units of `sight`, at most 1; the second rises at the very end.
    """
    regimes = regimes_of(tracks)
    moves = moving(regimes)
    scores = regimes.scores(tracks)[:, moves]
    goals = np.stack([np.minimum(tracks.left / sight, 1.0), np.exp(-4.0 * tracks.left / sight)], axis=1)
    regime = regimes.of(tracks.settings)
    wear = [ridge(scores[regime == number], goals[regime == number]) for number in range(len(regimes.centres))]
    return Look(regimes, tuple(bool(one) for one in moves), tuple(tuples(weights) for weights in wear))


def ridge(scores: Floats, goals: Floats) -> Floats:
    """[1 + metric, goal]: weights of a line with a little pull towards none."""
    rows = np.hstack([np.ones((len(scores), 1)), np.where(np.isfinite(scores), scores, 0.0)])
    pull = np.eye(rows.shape[1]) * RIDGE
    return np.asarray(np.linalg.solve(rows.T @ rows + pull, rows.T @ goals))
