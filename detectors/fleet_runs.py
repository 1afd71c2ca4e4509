"""Runs: by scope, how strongly the faults since some instant speak for it failing several times as often as usual.

Every fault of the fleet falls into the scope or outside it; if nothing is wrong, inside with the probability that the
scope's share of usual faults gives it (the conditional test of two Poisson rates, Przyborowski and Wilenski 1940).
Whatever raises the whole fleet leaves that share alone, so a season is no trouble. The likelihood ratio of each
tempo, started anew whenever it speaks against trouble, is Page's cumulative sum (1954); their mean over the tempos is
an e-detector (Shin, Ramdas and Rinaldo 2023): until it first reaches c while nothing is wrong, c faults pass on
average. So one may look after every fault. Over K scopes the bar is K times as high (the first step of e-BH, Wang and
Ramdas 2022, which asks for no independence).
"""

import numpy as np

from detectors.fleet_columns import Columns
from domain.batch import Bools, Floats, Ints

TEMPOS = np.array([1.0, 1.5, 2.5, 4.0, 8.0, 20.0, 80.0, 400.0])
"""Times the least ratio that matters."""
ALONE = 1 - 1e-9
"""A scope with this share of the fleet has nothing to be compared with."""
MANY = len(TEMPOS)
COLUMNS: dict[str, tuple[type, float, int]] = {
    "sum": (np.float64, 0, MANY),
    "hits": (np.float64, 0, MANY),
    "of": (np.float64, 0, MANY),
    "share": (np.float64, 0, MANY),
    "since": (np.int64, 0, MANY),
    "usual": (np.float64, 0, MANY),
}
"""By scope and tempo: the cumulative sum; and since it began: faults inside, in the fleet, expected inside given those

in the fleet, the bucket it began with, and what was usual an hour then.
"""


class Runs:
    """Cumulative sums of all scopes."""

    def __init__(self, ratio: float) -> None:
        self.ratios: Floats = ratio * TEMPOS
        self.columns = Columns("run", COLUMNS)

    def take(self, hits: Ints, usual: Floats, whole: float, number: int) -> None:
        """A bucket's faults by scope, and what is usual an hour by scope and in the `whole` fleet.

        `hits` counts by scope, its last entry is the fleet.
        """
        scopes = len(usual)
        self.columns.grow(scopes)
        share = usual / whole if whole > 0 else np.zeros(scopes)
        rows = np.flatnonzero((share > 0) & (share < ALONE))
        total = float(hits[-1])
        inside, expected = hits[rows].astype(np.float64)[:, None], share[rows][:, None]
        gain = self.gain(inside, total, expected)
        now = {name: self.columns[name][rows] for name in COLUMNS}
        begins = now["sum"] <= 0
        now["since"] = np.where(begins, number, now["since"])
        now["usual"] = np.where(begins, usual[rows][:, None], now["usual"])
        for name, more in (("hits", inside), ("of", total), ("share", total * expected)):
            now[name] = np.where(begins, 0.0, now[name]) + more
        now["sum"] = np.maximum(now["sum"] + gain, 0.0)
        for name, values in now.items():
            self.columns[name][rows] = values
        self.columns.touch(rows)

    def gain(self, inside: Floats, total: float, share: Floats) -> Floats:
        """Log likelihood ratios of each tempo against none."""
        raised = self.ratios * share / (1 + (self.ratios - 1) * share)
        gain: Floats = inside * np.log(raised / share) + (total - inside) * np.log((1 - raised) / (1 - share))
        return gain

    def evidence(self) -> Floats:
        """By scope, the logarithm of the e-detector."""
        sums = self.columns["sum"]
        peak = sums.max(axis=1, initial=0.0)
        logs: Floats = peak + np.log(np.exp(sums - peak[:, None]).mean(axis=1))
        return logs

    def best(self) -> Ints:
        """By scope, the tempo that explains the faults best."""
        best: Ints = self.columns["sum"].argmax(axis=1)
        return best

    def reset(self, scopes: Bools) -> None:
        """Begin these anew."""
        rows = np.flatnonzero(scopes[: self.columns.used])
        self.columns["sum"][rows] = 0.0
        self.columns.touch(rows)
