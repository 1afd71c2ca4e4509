"""Health: how well an asset is, from 1 (as new) to 0 (at a limit), what takes it away, and where it is going."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

from domain.instants import DAY, Instant

LEAST = 3
"""So many moments make a trend."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that speaks of an asset's health, such as a metric's newest mean."""

    name: str
    value: float
    good: float
    """At this value and on its far side all is well."""
    bad: float
    """At this value the asset is at its limit. It may lie above or below `good`."""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Term:
    """What one sign says."""

    name: str
    health: float
    """1 where all is well, 0 at the limit."""
    takes: float
    """Its share of what the index lacks; the terms' shares sum to 1 where anything is lacking."""


@dataclass(frozen=True, slots=True)
class Health:
    """The index and its terms, those that take most first."""

    index: float
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """Where the index goes."""

    per_day: float
    """Below 0 it gets worse."""
    days_to_limit: float | None
    """When the index would be 0 if it went on like this; None where it does not fall."""


def health_of(signs: Iterable[Sign]) -> Health:
    """The product of the signs' healths, each to the power of its share of the weight: one sign at its limit is 0.

    A value that is not known (NaN) says nothing. Raises ValueError where no sign is known, or where one has no way
    from good to bad or a weight that is none.
    """
    known = [sign for sign in signs if isfinite(sign.value)]
    if not known:
        raise ValueError("no sign of this asset is known; give at least one metric with a good and a bad value")
    for sign in known:
        if sign.good == sign.bad or not isfinite(sign.good - sign.bad) or not 0 < sign.weight < float("inf"):
            raise ValueError(f"{sign.name} needs a good and a bad value that differ, and a weight above 0")
    whole = sum(sign.weight for sign in known)
    healths = [way_left(sign) for sign in known]
    index = 1.0
    for sign, health in zip(known, healths, strict=True):
        index *= health ** (sign.weight / whole)
    lacks = [sign.weight * (1.0 - health) for sign, health in zip(known, healths, strict=True)]
    all_lacks = sum(lacks) or 1.0
    terms = [Term(s.name, h, lack / all_lacks) for s, h, lack in zip(known, healths, lacks, strict=True)]
    return Health(index, tuple(sorted(terms, key=lambda term: (-term.takes, term.name))))


def way_left(sign: Sign) -> float:
    """How much of the way from good to bad is left, between 0 and 1."""
    return min(max((sign.bad - sign.value) / (sign.bad - sign.good), 0.0), 1.0)


def trend_of(history: Sequence[tuple[Instant, float]]) -> Trend | None:
    """The median of the slopes between all pairs of moments (Theil and Sen), which a few odd values do not move.

    None where there are too few moments. The newest moment stands last.
    """
    pairs = [
        (b - a) / ((later - earlier) / DAY)
        for place, (earlier, a) in enumerate(history)
        for later, b in history[place + 1 :]
        if later > earlier
    ]
    if len(history) < LEAST or not pairs:
        return None
    per_day = median(pairs)
    return Trend(per_day, history[-1][1] / -per_day if per_day < 0 else None)


def sign_of_life(left: float, sight: float) -> Sign:
    """Remaining life as a sign: well from `sight` on, at the limit with nothing left."""
    return Sign("remaining life", left, good=sight, bad=0.0)
