"""Life model: how much life devices of a family have left, from what they report; it holds numbers and names only."""

from dataclasses import dataclass

import numpy as np

from domain.trees import Trees
from maintenance.remaining_features import Look
from maintenance.remaining_spread import LEVELS, Spread
from maintenance.remaining_tracks import Tracks

FORMAT, LAYOUT = "truckroll-life", 1
STRANGE = 0.5
"""A unit run in unknown ways for more than this share of its steps is not spoken of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How right the model was about units that it had not seen, at random moments of their lives."""

    coverage: float
    """The share of true lives inside the interval that promises 0.9."""
    error: float
    """Root mean square error, lives above `sight` counted as `sight`."""
    true_error: float
    """The same against the true lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeModel:
    """A trained model."""

    format: str = FORMAT
    layout: int = LAYOUT
    family: str
    unit: str
    """What use is counted in: `days`, `cycles`, `hours`."""
    metrics: tuple[str, ...]
    settings: tuple[str, ...]
    sight: float
    """Longer lives are not told apart: nothing of the wear shows yet."""
    look: Look
    trees: Trees
    """They say the life left as a share of `sight`."""
    spread: Spread
    measured: Measured
    units: int
    """So many lives to a failure taught it."""
    trained_since: str
    trained_until: str
    """The span that was learned from, in words of the data."""
    seed: int
    data: str
    """Hash of what it was trained on."""
    grown_by: str

    def mistake(self) -> str:
        """Why this model cannot be asked, in words; empty where it can."""
        count, metrics = len(self.look.regimes.centres), sum(self.look.moves)
        by_regime = (self.look.regimes.mean, self.look.regimes.spread, self.look.wear)
        if not count or any(len(rows) != count for rows in by_regime) or len(self.look.moves) != len(self.metrics):
            return "its regimes and metrics do not fit together"
        if any(len(weights) != metrics + 1 or any(len(pair) != 2 for pair in weights) for weights in self.look.wear):
            return "its weights of wear do not fit its metrics"
        if any(len(row) != len(self.metrics) for rows in by_regime[:2] for row in rows):
            return "its normal values do not fit its metrics"
        if any(len(centre) != len(self.settings) for centre in self.look.regimes.centres) or len(
            self.look.regimes.scale
        ) != len(self.settings):
            return "its regimes do not fit its settings"
        if len(self.spread.said) != len(self.spread.lives) or any(len(row) != len(LEVELS) for row in self.spread.lives):
            return "its table of lives is not whole"
        return self.trees.mistake(self.look.count)


@dataclass(frozen=True, slots=True)
class LifeLeft:
    """What is known of one unit's end."""

    unit: str
    use: float
    """How much it had been used when it last reported."""
    left: float
    """Expected life left; at most the model's sight."""
    low: float
    high: float
    """Nine of ten such units fail between these."""
    lives: tuple[float, ...]
    """The life left by which each share of LEVELS has failed; for `chance_by_day`."""


@dataclass(frozen=True, slots=True)
class NotSaid:
    """A unit of which nothing honest can be said."""

    unit: str
    why: str
    """`strange`: run in ways that no training unit was; `silent`: it reports none of the model's metrics."""


def lives_left(model: LifeModel, tracks: Tracks) -> tuple[tuple[LifeLeft, ...], tuple[NotSaid, ...]]:
    """Of each unit at its newest row, from this row and those before it; and units of which nothing can be said."""
    refused = tuple(NotSaid(tracks.units[n], why) for n, why in doubts(model, tracks).items())
    silent = {one.unit for one in refused}
    rows = model.look.features(tracks)[tracks.last]
    said = np.clip(model.trees.score(rows), 0.0, 1.0) * model.sight
    lives = model.spread.quantiles(said)
    low, high = (model.spread.at(said, level) for level in (model.spread.low, model.spread.high))
    answers = tuple(
        LifeLeft(
            name,
            float(tracks.use[tracks.last[n]]),
            float(said[n]),
            min(float(low[n]), float(said[n])),
            max(float(high[n]), float(said[n])),
            tuple(lives[n].tolist()),
        )
        for n, name in enumerate(tracks.units)
        if name not in silent
    )
    return answers, refused


def doubts(model: LifeModel, tracks: Tracks) -> dict[int, str]:
    """Why nothing is said, by the number of the unit."""
    found: dict[int, str] = {}
    unknown = model.look.regimes.of(tracks.settings) < 0
    heard = np.isfinite(tracks.values[:, np.array(model.look.moves, bool)])
    for number in range(len(tracks.units)):
        rows = slice(int(tracks.starts[number]), int(tracks.starts[number + 1]))
        if not heard[rows].any(axis=0).all():
            found[number] = "silent"
        elif float(unknown[rows].mean()) > STRANGE:
            found[number] = "strange"
    return found
