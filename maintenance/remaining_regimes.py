"""Regimes: the few ways in which devices of a family are run, found by their settings; each has its own normal."""

from dataclasses import dataclass

import numpy as np

from domain.batch import Bools, Floats, Ints
from maintenance.remaining_tracks import Tracks

MOST = 8
"""Regimes are few, or they are none."""
EXPLAINED = 0.999
"""Settings come in groups only where the groups explain this share of their spread; else all is one regime."""
ROUNDS = 30
FLAT = 1e-6
"""A metric that moves less than this beside its own size does not move."""


@dataclass(frozen=True, slots=True)
class Regimes:
    """Normal values by regime; a number beside the normal ones is a score without a unit."""

    scale: tuple[float, ...]
    """[setting]: the spread by which settings are compared."""
    centres: tuple[tuple[float, ...], ...]
    """[regime][setting], in units of `scale`."""
    reach: float
    """A row whose settings are further than this from every centre was run in a way not seen before."""
    mean: tuple[tuple[float, ...], ...]
    """[regime][metric]."""
    spread: tuple[tuple[float, ...], ...]

    def of(self, settings: Floats) -> Ints:
        """[row]: the nearest regime; -1 where none is near or a setting is not known."""
        if not self.scale:
            return np.zeros(len(settings), np.int64)
        away = distances(settings / np.array(self.scale), np.array(self.centres))
        found = np.argmin(np.where(np.isnan(away), np.inf, away), axis=1)
        return np.where(away[np.arange(len(away)), found] <= self.reach, found, -1)

    def scores(self, tracks: Tracks) -> Floats:
        """[row, metric]: how many spreads above its regime's normal; NaN in unknown regimes and of unknown values."""
        regime = self.of(tracks.settings)
        found = (tracks.values - np.array(self.mean)[regime]) / np.array(self.spread)[regime]
        return np.where((regime >= 0)[:, None], found, np.nan)


def distances(points: Floats, centres: Floats) -> Floats:
    """[point, centre]: how far apart."""
    return np.asarray(np.sqrt(((points[:, None, :] - centres[None]) ** 2).sum(-1)))


def regimes_of(tracks: Tracks) -> Regimes:
    """The regimes of these units and what is normal in each: nothing else is looked at."""
    known = np.isfinite(tracks.settings).all(1)
    scale = np.ptp(tracks.settings[known], axis=0) if known.any() else np.zeros(0)
    scale = np.where(scale > 0, scale, 1.0)
    points = tracks.settings[known] / scale
    centres = groups(points)
    furthest = distances(points, centres).min(1).max() if points.size else 0.0
    plain = Regimes(tuple(scale.tolist()), tuples(centres), 3.0 * float(furthest) + 1e-9, (), ())
    regime = plain.of(tracks.settings)
    normal = [normals(tracks.values[regime == number]) for number in range(len(centres))]
    mean, spread = tuples([pair[0] for pair in normal]), tuples([pair[1] for pair in normal])
    return Regimes(plain.scale, plain.centres, plain.reach, mean, spread)


def tuples(rows: "Floats | list[Floats]") -> tuple[tuple[float, ...], ...]:
    """Rows of numbers as they stand in a model."""
    return tuple(tuple(float(number) for number in row) for row in rows)


def groups(points: Floats) -> Floats:
    """[group, setting]: the fewest centres that explain the spread of the points, or their one mean."""
    if not points.size or not np.ptp(points, axis=0).any():
        return points[:1] if len(points) else np.zeros((1, points.shape[1]))
    mean = points.mean(0, keepdims=True)
    whole = float(((points - mean) ** 2).sum())
    for count in range(2, MOST + 1):
        centres = settled(points, count)
        if float((distances(points, centres).min(1) ** 2).sum()) <= (1.0 - EXPLAINED) * whole:
            return centres
    return np.asarray(mean)


def settled(points: Floats, count: int) -> Floats:
    """So many centres by Lloyd's rounds, beginning with the points furthest from one another."""
    centres = points[:1]
    for _ in range(count - 1):
        centres = np.vstack([centres, points[np.argmax(distances(points, centres).min(1))]])
    for _ in range(ROUNDS):
        nearest = np.argmin(distances(points, centres), axis=1)
        moved = np.stack([points[nearest == n].mean(0) if (nearest == n).any() else centres[n] for n in range(count)])
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres


def normals(values: Floats) -> tuple[Floats, Floats]:
    """Mean and spread of each metric; the spread of one that does not move is infinite, so that it scores 0."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(0), 1)
    mean = np.where(known, values, 0.0).sum(0) / count
    spread = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(0) / count)
    return mean, np.where(spread > FLAT * np.maximum(np.abs(mean), 1.0), spread, NEVER)


NEVER = 1e300
"""A spread beside which nothing is far; infinity does not stand in JSON."""


def moving(regimes: Regimes) -> Bools:
    """[metric]: it moves in every regime; the others say nothing about wear."""
    return np.asarray((np.array(regimes.spread) < NEVER).all(0))
