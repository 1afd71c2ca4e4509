"""How much to keep: a base stock from the distribution of what may be wanted until the next purchase arrives.

A distribution is an array: the chance of 0, 1, 2 … pieces along its last axis.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from domain.batch import Floats, Ints

MOST = 60
"""Pieces of a distribution, where nobody says otherwise; the rest of the chance is in the last."""


# -- distributions


def poisson(mean: Floats, most: int = MOST) -> Floats:
    """Of demand that comes piece by piece."""
    mean = np.asarray(mean, float)[..., None]
    wanted = np.arange(most)
    return whole(np.exp(wanted * np.log(np.maximum(mean, 1e-12)) - mean - log_factorial(most)))


def negative_binomial(mean: Floats, variance: Floats, most: int = MOST) -> Floats:
    """Of demand that comes in lumps; Poisson's where the variance is not above the mean."""
    mean, variance = np.broadcast_arrays(np.asarray(mean, float), np.asarray(variance, float))
    is_lumpy = variance > mean * (1 + 1e-9)
    mean = np.maximum(mean, 1e-12)
    size = np.where(is_lumpy, mean**2 / np.where(is_lumpy, variance - mean, 1), 1.0)[..., None]
    steps = np.log(size + np.arange(most - 1))
    rising = np.concatenate([np.zeros((*mean.shape, 1)), np.cumsum(steps, axis=-1)], axis=-1)
    share = size / (size + mean[..., None])
    wanted = np.arange(most)
    found = np.exp(rising - log_factorial(most) + size * np.log(share) + wanted * np.log1p(-share))
    return np.where(is_lumpy[..., None], whole(found), poisson(mean, most))


def empirical(seen: Ints, most: int = MOST) -> Floats:
    """Of demands that were seen, along the last axis, each as likely as the other."""
    rows = np.minimum(np.asarray(seen), most - 1).reshape(-1, np.shape(seen)[-1])
    found = np.zeros((len(rows), most))
    np.add.at(found, (np.arange(len(rows))[:, None], rows), 1.0)
    shares: Floats = (found / rows.shape[-1]).reshape(*np.shape(seen)[:-1], most)
    return shares


def log_factorial(most: int) -> Floats:
    """ln 0! … ln (most − 1)!."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most)))])


def whole(chances: Floats) -> Floats:
    """The chances, whose last takes what lies beyond."""
    chances = chances.copy()
    chances[..., -1] = np.maximum(0.0, 1.0 - chances[..., :-1].sum(axis=-1))
    found: Floats = chances / chances.sum(axis=-1, keepdims=True)
    return found


# -- base stocks


def base_stock(chances: Floats, service: float) -> Ints:
    """The least stock that is enough with this chance."""
    found: Ints = np.minimum((np.cumsum(chances, axis=-1) < service - 1e-12).sum(axis=-1), chances.shape[-1] - 1)
    return found


def cheapest(chances: Floats, holding: float, missing: float) -> tuple[int, float]:
    """The base stock of least expected cost, and that cost, of one distribution (the newsvendor's question).

    `holding` is what a piece on the shelf costs a period, `missing` what a piece that is wanted and not there does.
    """
    wanted, stocks = np.arange(len(chances)), np.arange(len(chances))[:, None]
    over, under = np.maximum(stocks - wanted, 0), np.maximum(wanted - stocks, 0)
    costs = (holding * over + missing * under) @ chances
    best = int(costs.argmin())
    return best, float(costs[best])


@dataclass(frozen=True, slots=True)
class Shelf:
    """What each base stock 0, 1, 2 … does, along the last axis."""

    filled: Floats
    """Pieces a period that are expected to be given out at once."""
    held: Floats
    """Pieces that are expected to lie there at a period's end."""


def shelf(during_lead: Floats, until_arrival: Floats) -> Shelf:
    """With demand during the lead time, and during the lead time and one period more.

    A piece more is given out at once in a period if the demand before it was not above the stock yet, and is by its
    end (Sherbrooke's expected back-orders, per piece).
    """
    below, until = np.cumsum(during_lead, axis=-1), np.cumsum(until_arrival, axis=-1)
    zero = np.zeros((*until.shape[:-1], 1))
    filled = np.concatenate([zero, np.cumsum(np.maximum(below - until, 0), axis=-1)], axis=-1)[..., :-1]
    held = np.concatenate([zero, np.cumsum(until, axis=-1)], axis=-1)[..., :-1]
    return Shelf(filled, held)


def at_price(this: Shelf, price: float) -> Ints:
    """The base stocks that are best for all parts together where a piece on a shelf costs this share of one filled.

    One price for all spends each piece where it fills the most demand (Sherbrooke 1968: the system approach).
    """
    found: Ints = (this.filled - price * this.held).argmax(axis=-1)
    return found


def for_fill(this: Shelf, mean: Floats, share: float) -> Ints:
    """The least stock that fills this share of a part's demand, each part by itself."""
    enough = this.filled >= share * np.asarray(mean)[..., None] - 1e-12
    found: Ints = np.where(enough.any(axis=-1), enough.argmax(axis=-1), this.filled.shape[-1] - 1)
    return found


def calibrated(dials: Sequence[float], achieved: Callable[[float], float], wanted: float) -> float:
    """The dial that achieves the wanted service on data that the model has not seen, or the most that there is.

    `dials` go from little stock to much; the first that is enough is taken, so no more is kept than was needed.
    """
    for dial in dials:
        if achieved(dial) >= wanted:
            return dial
    return dials[-1]
