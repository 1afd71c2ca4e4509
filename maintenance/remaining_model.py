"""Life model: how much life devices of a family have left, from what they report; it holds numbers and names only."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domain.batch import Floats
from domain.instants import DAY, Instant
from domain.trees import Trees
from maintenance.health import Health, Sign, Trend, health_of, trend_of
from maintenance.remaining_features import Look
from maintenance.remaining_spread import LEVELS, Spread
from maintenance.remaining_tracks import Tracks

FORMAT, LAYOUT = "truckroll-life", 1
MOMENTS, APART = 7, 5
"""A trend is taken over so many moments, so many steps apart."""
TELLING = 1.0
"""A metric tells of wear where its mean moves by so many spreads over a life."""
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
    step: int
    """Nanoseconds of a step where it was taught by a store; 0 where by files, whose rows are the steps."""
    sight: float
    """Longer lives are not told apart: nothing of the wear shows yet."""
    look: Look
    limits: tuple[tuple[float, float], ...]
    """[moving metric]: how far from normal its recent mean is of new units, and as far as it gets before a failure."""
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

    @property
    def needed(self) -> tuple[str, ...]:
        """The metrics that it looks at; the others did not move in the training."""
        return tuple(name for name, moves in zip(self.metrics, self.look.moves, strict=True) if moves)

    @property
    def not_needed(self) -> tuple[str, ...]:
        """The metrics that may be missing."""
        return tuple(name for name, moves in zip(self.metrics, self.look.moves, strict=True) if not moves)

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
        if len(self.limits) != metrics:
            return "its limits do not fit its metrics"
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
    health: Health
    """From its metrics and its life left."""
    trend: Trend | None
    """Of the health over its last steps; per unit of use, not per day, where use is not counted in days."""
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
    why = doubts(model, tracks)
    told = tracks.of(np.array([number not in why for number in range(len(tracks.units))], bool))
    refused = tuple(NotSaid(tracks.units[number], reason) for number, reason in why.items())
    return (tuple(answers(model, told)) if told.units else ()), refused


def answers(model: LifeModel, tracks: Tracks) -> Iterator[LifeLeft]:
    """One a unit."""
    rows = model.look.features(tracks)
    said = said_of(model, rows[tracks.last])
    lives = model.spread.quantiles(said)
    low, high = (model.spread.at(said, level) for level in (model.spread.low, model.spread.high))
    for number, name in enumerate(tracks.units):
        history = healths(model, tracks, rows, number)
        yield LifeLeft(
            unit=name,
            use=float(tracks.use[tracks.last[number]]),
            left=float(said[number]),
            low=min(float(low[number]), float(said[number])),
            high=max(float(high[number]), float(said[number])),
            health=history[-1][1],
            trend=trend_of([(at, health.index) for at, health in history]),
            lives=tuple(lives[number].tolist()),
        )


def said_of(model: LifeModel, rows: Floats) -> Floats:
    """[row]: the life left that the trees say, between 0 and the model's sight."""
    return np.asarray(np.clip(model.trees.score(rows), 0.0, 1.0) * model.sight, np.float64)


def healths(model: LifeModel, tracks: Tracks, rows: Floats, unit: int) -> list[tuple[Instant, Health]]:
    """The unit's health at its newest row and some before it, in order of use; a unit of use stands as a day."""
    begin, last = int(tracks.starts[unit]), int(tracks.last[unit])
    places = [place for place in range(last - (MOMENTS - 1) * APART, last + 1, APART) if place >= begin] or [last]
    said = said_of(model, rows[places])
    recent = rows[places][:, model.look.recent]
    return [
        (int(tracks.use[place] * DAY), health_of(signs(model, recent[number], float(said[number]))))
        for number, place in enumerate(places)
    ]


def signs(model: LifeModel, recent: Floats, left: float) -> list[Sign]:
    """What the metrics and the life left say; a metric that ends as it began says nothing of wear."""
    names = [name for name, moves in zip(model.metrics, model.look.moves, strict=True) if moves]
    limits = zip(names, recent.tolist(), model.limits, strict=True)
    wearing = [Sign(name, value, good, bad) for name, value, (good, bad) in limits if abs(bad - good) >= TELLING]
    return [Sign("remaining life", left, model.sight, 0.0, weight=float(max(len(wearing), 1))), *wearing]


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
