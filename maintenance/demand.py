"""Demand: what is expected of a part that is wanted seldom and in lumps, by the formulas that the trade has published.

Each forecast takes a history of pieces a period, oldest first, along its last axis, and gives for each period the
forecast that was made before it, and one more: for the period to come. They compare forecasts only; how much to keep
is a matter of the whole distribution (`maintenance.reorder`), because a part that is wanted once a year is best
forecast as 0 and cannot be served from that.
"""

import numpy as np

from domain.batch import Floats, Ints

SMOOTHING = 0.1
"""How much the newest demand weighs."""


def ses(history: Floats | Ints, alpha: float = SMOOTHING) -> Floats:
    """Simple exponential smoothing (Brown 1956): f ← f + α (y − f), from the first period's demand."""
    y = np.asarray(history, float)
    level = y[..., 0].copy()
    forecasts = [level]
    for nth in range(y.shape[-1]):
        level = level + alpha * (y[..., nth] - level)
        forecasts.append(level)
    return np.stack(forecasts, axis=-1)


def croston(history: Floats | Ints, alpha: float = SMOOTHING, *, bias: float = 1.0) -> Floats:
    """Croston (1972): sizes z and intervals p are smoothed apart, when there is demand; the forecast is z / p.

    Both begin with the first demand; before it nothing is expected. `bias` is what the forecast is multiplied by.
    """
    y = np.asarray(history, float)
    shape = y.shape[:-1]
    size, interval, since = np.zeros(shape), np.zeros(shape), np.ones(shape)
    seen = np.zeros(shape, bool)
    forecasts = [np.zeros(shape)]
    for nth in range(y.shape[-1]):
        now = y[..., nth]
        is_first, is_more = (now > 0) & ~seen, (now > 0) & seen
        size = np.where(is_first, now, np.where(is_more, size + alpha * (now - size), size))
        interval = np.where(is_first, since, np.where(is_more, interval + alpha * (since - interval), interval))
        seen = seen | (now > 0)
        since = np.where(now > 0, 1, since + 1)
        forecasts.append(np.where(seen, bias * size / np.where(seen, interval, 1), 0.0))
    return np.stack(forecasts, axis=-1)


def sba(history: Floats | Ints, alpha: float = SMOOTHING) -> Floats:
    """Syntetos and Boylan (2005): Croston's forecast without its bias, (1 − α/2) z / p."""
    return croston(history, alpha, bias=1 - alpha / 2)


def tsb(history: Floats | Ints, alpha: float = SMOOTHING, beta: float = SMOOTHING) -> Floats:
    """Teunter, Syntetos and Babai (2011): the chance of demand is smoothed every period, so that it fades away.

    p ← p + β (1 − p) where there is demand, else p ← p − β p; z as Croston's; the forecast is p · z. It begins with
    the share of periods that had demand, and their mean size.
    """
    y = np.asarray(history, float)
    wanted = y > 0
    chance = wanted.mean(axis=-1)
    size = y.sum(axis=-1) / np.maximum(wanted.sum(axis=-1), 1)
    forecasts = [chance * size]
    for nth in range(y.shape[-1]):
        now = y[..., nth]
        chance = chance + beta * ((now > 0) - chance)
        size = np.where(now > 0, size + alpha * (now - size), size)
        forecasts.append(chance * size)
    return np.stack(forecasts, axis=-1)


def weighted(history: Floats | Ints, alpha: float) -> Floats:
    """The mean demand a period, where each period weighs 1 − α of the one after it."""
    y = np.asarray(history, float)
    weights = (1 - alpha) ** np.arange(y.shape[-1])[::-1]
    found: Floats = (y * weights).sum(axis=-1) / weights.sum()
    return found


def blocks(history: Floats | Ints, periods: int) -> Ints:
    """The demand of every stretch of so many periods, overlapping: what a lead time really saw.

    All of them, each as likely as the other, is what an overlapping block bootstrap draws from (Kunsch 1989; for lead
    times Porras and Dekker 2008), without the noise of drawing.
    """
    y = np.asarray(history, int)
    sums = np.cumsum(np.concatenate([np.zeros((*y.shape[:-1], 1), int), y], axis=-1), axis=-1)
    found: Ints = sums[..., periods:] - sums[..., :-periods] if periods else np.zeros_like(sums)
    return found
