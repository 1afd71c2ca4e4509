"""Learning how much life is left: from units that failed, each judged by trees that had not seen it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from domain.batch import Floats, Ints
from domain.trees import Trees
from maintenance.remaining_features import look_of
from maintenance.remaining_model import LifeModel, Measured
from maintenance.remaining_spread import spread_of
from maintenance.remaining_tracks import Tracks

FOLDS = 5
LEAST = 10
"""Lives to a failure without which nothing is learned."""
SETTLED = 10
"""Steps after which a recent mean says how a new unit is."""
BEYOND = 0.1
"""The share of failing units whose metric goes beyond its limit."""
STEP = 3
"""Every third row is learned from: neighbours say the same."""

Grow = Callable[[Floats, Floats, int], Mapping[str, Any]]
"""`grow(rows, goal, seed)`: trees as columns (`domain.trees.Trees.of`)."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What to learn from."""

    tracks: Tracks
    """Units that failed right after their last row."""
    family: str
    unit: str
    sight: float
    step: int = 0
    """Nanoseconds of a step of a store's readings; 0: the rows of files."""
    trained_since: str = ""
    trained_until: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """Predictions about units that the trees had not seen."""

    said: Floats
    left: Floats
    unit: Ints
    fold: Ints


def train(lesson: Lesson, grow: Grow, grown_by: str, progress: Progress = lambda done, of: None) -> LifeModel:
    """The model. The same lesson gives the same numbers. Raises ValueError where there is too little to learn from."""
    tracks = lesson.tracks
    if len(tracks.units) < LEAST:
        raise ValueError(
            f"{len(tracks.units)} lives end in a failure and {LEAST} are needed; give more of the past of this family"
        )
    unseen = judged(lesson, grow, progress)
    spread = spread_of(unseen.said, unseen.left, unseen.unit, lesson.sight)
    look = look_of(tracks, lesson.sight)
    if not any(look.moves):
        raise ValueError("no metric moves in every way of running; leave out settings, or give other metrics")
    rows = look.features(tracks)
    model = LifeModel(
        family=lesson.family,
        unit=lesson.unit,
        metrics=tracks.metrics,
        settings=tracks.setting_names,
        step=lesson.step,
        sight=lesson.sight,
        look=look,
        limits=limits_of(rows[:, look.recent], tracks),
        trees=grown(rows, tracks, lesson, grow),
        spread=spread,
        measured=measured(unseen, lesson.sight),
        units=len(tracks.units),
        trained_since=lesson.trained_since,
        trained_until=lesson.trained_until,
        seed=lesson.seed,
        data=fingerprint(tracks),
        grown_by=grown_by,
    )
    progress(FOLDS + 1, FOLDS + 1)
    return model


def grown(rows: Floats, tracks: Tracks, lesson: Lesson, grow: Grow) -> Trees:
    """Trees that say the share of sight that is left."""
    taken = tracks.every(STEP)
    return Trees.of(grow(rows[taken], np.minimum(tracks.left[taken] / lesson.sight, 1.0), lesson.seed))


def limits_of(recent: Floats, tracks: Tracks) -> tuple[tuple[float, float], ...]:
    """[metric]: the median unit's recent mean once it is settled in, and the one that few failing units get beyond."""
    settled = np.minimum(tracks.starts[:-1] + SETTLED, tracks.last)
    new, failing = (np.nan_to_num(recent[places]) for places in (settled, tracks.last))
    good, rises = np.median(new, axis=0), np.median(failing, axis=0) >= np.median(new, axis=0)
    bad = np.where(rises, np.quantile(failing, 1.0 - BEYOND, axis=0), np.quantile(failing, BEYOND, axis=0))
    return tuple(zip(good.tolist(), bad.tolist(), strict=True))


def judged(lesson: Lesson, grow: Grow, progress: Progress) -> Unseen:
    """What is said of each unit by trees, regimes and normals learned from the units of other folds."""
    tracks = lesson.tracks
    shuffled = np.random.default_rng(lesson.seed).permutation(len(tracks.units))
    fold = shuffled % FOLDS
    parts = []
    for number in range(FOLDS):
        progress(number, FOLDS + 1)
        others, here = tracks.of(fold != number), tracks.of(fold == number)
        look = look_of(others, lesson.sight)
        trees = grown(look.features(others), others, lesson, grow)
        taken = here.every(STEP)
        said = np.clip(trees.score(look.features(here)[taken]), 0.0, 1.0) * lesson.sight
        parts.append((said, here.left[taken], np.flatnonzero(fold == number)[here.unit[taken]], taken * 0 + number))
    return Unseen(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def measured(unseen: Unseen, sight: float) -> Measured:
    """Errors on unseen units, each counting the same; the interval of each fold comes from the others alone."""
    inside = np.zeros(len(unseen.said), bool)
    for number in range(FOLDS):
        here, others = unseen.fold == number, unseen.fold != number
        spread = spread_of(unseen.said[others], unseen.left[others], unseen.unit[others], sight)
        low, high = (spread.at(unseen.said[here], level) for level in (spread.low, spread.high))
        inside[here] = (low <= unseen.left[here]) & (unseen.left[here] <= high)
    capped = np.minimum(unseen.left, sight)
    weight = 1.0 / np.maximum(np.bincount(unseen.unit), 1)[unseen.unit]
    return Measured(
        coverage=round(float(np.average(inside, weights=weight)), 4),
        error=round(root_mean_square(unseen.said - capped, weight), 4),
        true_error=round(root_mean_square(unseen.said - unseen.left, weight), 4),
    )


def root_mean_square(errors: Floats, weight: Floats) -> float:
    """Of errors, each with its weight."""
    return float(np.sqrt(np.average(errors**2, weights=weight)))


def fingerprint(tracks: Tracks) -> str:
    """A hash of what is learned from."""
    digest = blake2b("\x00".join((*tracks.units, *tracks.setting_names, *tracks.metrics)).encode(), digest_size=16)
    for column in (tracks.starts, tracks.ends, tracks.use, tracks.settings, tracks.values):
        digest.update(np.ascontiguousarray(column + 0).tobytes())
    return digest.hexdigest()
