"""Judgement: from views of a series to one score that is comparable between series."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from detectors.statistics.ranks import Ranks
from detectors.statistics.refractory import Refractory
from domain.batch import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementSettings:
    """One default for all series."""

    warm_up: int = 30
    """Numbers a view is only listened to before it is ranked."""
    credit: float = 0.3
    """What each tenfold above a view's record adds; more would mute later surprises."""
    youth: float = 840.0
    """Trust grows with the logarithm of the series' age in units of this many readings."""
    rest: float = 100.0
    share: float = 0.4
    hold: float = 1.2
    """Refractory level of each view: readings, share of the age, weight."""
    common_rest: float = 1500.0
    common_share: float = 0.28
    common_hold: float = 0.2
    """The same for the views' common mean."""
    power: float = 1.5
    """Of that mean: 1 lets all views speak alike, a large one the loudest alone."""
    doubt: float = 2.6
    """A surprise of this size scores one half."""


@dataclass(slots=True)
class Judgement(Columns):
    """Ranks every view among its own past, lets earlier surprises mute later ones, and combines what is left."""

    ranks: Ranks
    apart: Refractory
    together: Refractory
    spoken: NDArray[np.float32]
    """What each view gave to the last score."""
    weights: tuple[float, ...]
    settings: JudgementSettings

    @classmethod
    def empty(cls, slots: int, weights: tuple[float, ...], bins: int, s: JudgementSettings) -> "Judgement":
        """No past. `weights` has one number a view; `bins` is the resolution of the ranks."""
        views = len(weights)
        return cls(
            ranks=Ranks.empty(slots, views, bins=bins, warm_up=s.warm_up, credit=s.credit),
            apart=Refractory.empty(slots, views, rest=s.rest, share=s.share, weight=s.hold),
            together=Refractory.empty(slots, 1, rest=s.common_rest, share=s.common_share, weight=s.common_hold),
            spoken=np.zeros((slots, views), np.float32),
            weights=tuple(weight / sum(weights) for weight in weights),
            settings=s,
        )

    def step(self, slots: Ints, age: Ints, views: Floats) -> Floats:
        """The score in [0, 1] of each slot from `views[slot, view]`: numbers ≥ 0, NaN for no opinion."""
        surprise = self.ranks.step(slots, views)
        surprise *= np.log1p(age / self.settings.youth)[:, None]
        excess = self.apart.step(slots, age, surprise)
        spoken = np.power(excess, self.settings.power, out=np.zeros_like(excess), where=excess > 0.0) * self.weights
        self.spoken[slots] = spoken
        joint = spoken.sum(axis=1) ** (1.0 / self.settings.power)
        joint = self.together.step(slots, age, joint[:, None])[:, 0]
        return joint / (joint + self.settings.doubt)

    def forget(self, slots: Ints, view: int) -> None:
        """A view of these means something else from now on: it has no past."""
        self.ranks.forget(slots, view)
