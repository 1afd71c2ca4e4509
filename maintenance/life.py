"""Lives: how long parts last, fitted to what has failed, what still runs, and what was old when watching began."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from domain.batch import Bools, Floats

LEAST = 2
"""Failures without which nothing is fitted."""
LOWEST, HIGHEST = 0.1, 30.0
"""Shapes between which the most likely one is sought."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life, in days of use (or any unit that all of them share)."""

    age: float
    """When it failed, or when it was last seen working."""
    failed: bool
    entered: float = 0.0
    """How old it was when watching began: had it failed before, nobody would know of it."""

    def check(self) -> None:
        """Raises ValueError with a sentence where this is no life."""
        if not (0.0 <= self.entered < self.age < np.inf):
            raise ValueError(f"a life of {self.age:g} seen from {self.entered:g} on is none; its end comes later")


@dataclass(frozen=True, eq=False)
class Lives:
    """Many lives as columns."""

    age: Floats
    failed: Bools
    entered: Floats

    @classmethod
    def of(cls, lives: Iterable[Life]) -> "Lives":
        """Checked. Raises ValueError with a sentence where a life cannot be, or too few have failed."""
        rows = list(lives)
        for one in rows:
            one.check()
        found = cls(
            np.array([one.age for one in rows]),
            np.array([one.failed for one in rows], bool),
            np.array([one.entered for one in rows]),
        )
        if found.failures < LEAST:
            raise ValueError(
                f"a life fit needs {LEAST} failures and there are {found.failures}; give more of the past, "
                "or lives of the same device family"
            )
        return found

    @property
    def failures(self) -> int:
        """How many have failed."""
        return int(self.failed.sum())

    @property
    def unit(self) -> float:
        """A typical age: powers of ages are taken beside it, so that none overflows."""
        return float(np.exp(np.log(self.age[self.failed]).mean()))

    def exposure(self, shapes: Floats) -> Floats:
        """Σ (age^b - entered^b) for each shape b, ages in `unit`: what the failures stand against."""
        powers = np.power.outer(self.age / self.unit, shapes) - np.power.outer(self.entered / self.unit, shapes)
        return np.asarray(powers.sum(0))

    def profile(self, shapes: Floats) -> Floats:
        """The log-likelihood of each shape at its most likely scale, less what does not depend on the shape.

        The logarithms of the failures' ages in `unit` sum to 0, so only the number of failures and the exposure stay.
        """
        return np.asarray(self.failures * (np.log(shapes) - np.log(self.exposure(shapes))))


@dataclass(frozen=True, slots=True)
class Weibull:
    """A life distribution: of parts of age t, exp(-(t/scale)^shape) still work."""

    shape: float
    """Below 1 early failures, 1 failures by chance, above 1 wear."""
    scale: float
    """The age by which 63 % have failed."""

    def surviving(self, age: Floats | float) -> Floats:
        """The share that still works."""
        return np.exp(-((np.asarray(age, float) / self.scale) ** self.shape))

    def age_at(self, chance: float) -> float:
        """The age by which this share has failed: 0.1 gives B10."""
        return float(self.scale * (-np.log1p(-chance)) ** (1.0 / self.shape))


def most_likely(lives: Lives) -> Weibull:
    """The Weibull distribution of greatest likelihood, with right-censored and left-truncated lives.

    The shape is sought on the profile likelihood (Cohen 1965), first on a grid and then between the best one's
    neighbours. Raises ValueError where the likelihood has no top, as with failures all at one age.
    """
    shapes = np.geomspace(LOWEST, HIGHEST, 60)
    for _ in range(8):
        best = int(np.argmax(lives.profile(shapes)))
        low, high = shapes[max(best - 1, 0)], shapes[min(best + 1, len(shapes) - 1)]
        if low == shapes[best] or high == shapes[best]:
            break
        shapes = np.linspace(low, high, 21)
    shape = float(shapes[best])
    if not LOWEST * 1.01 < shape < HIGHEST * 0.99:
        raise ValueError("the ages at failure are too much alike for a life fit; give more lives, or exact ages")
    return Weibull(shape, scale_at(lives, shape))


def scale_at(lives: Lives, shape: float) -> float:
    """The most likely scale of this shape."""
    exposure = float(lives.exposure(np.array([shape]))[0])
    return float(lives.unit * (exposure / lives.failures) ** (1.0 / shape))
