"""A pool: parts that are wanted as often as each other learn from each other what a lead time may bring.

A part that was wanted three times in three years says little about itself; a thousand of its like say a lot. Parts are
put in order of their smoothed demand and cut into groups of the same size; the lead times that parts of a group really
had after such a moment, in all the past, are the distribution.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from domain.batch import Floats, Ints
from maintenance.demand import weighted
from maintenance.reorder import MOST

SMOOTHING = 0.15
"""How a part's demand is smoothed: over about 7 periods."""
GROUPS = 20
PAST = 24
"""So many periods are learned from: demand of old was another."""
LEAST = 12
"""Periods that must lie before a moment that is learned from."""


def liveliness(history: Ints) -> Floats:
    """How much a part is wanted these days, by which its like are found."""
    return weighted(history, SMOOTHING)


@dataclass(frozen=True, slots=True)
class Pool:
    """What was learned: groups of parts, and what lead times brought to each."""

    edges: Floats
    during_lead: Floats
    """By group."""
    until_arrival: Floats
    mean: Floats
    """Demand a period, by group."""

    @classmethod
    def learned(cls, history: Ints, lead: int, groups: int = GROUPS, most: int = MOST) -> Self:
        """From the histories of parts, [part, period], for a lead time of so many periods.

        Needs at least LEAST + lead + 1 periods; raises ValueError.
        """
        periods = history.shape[-1]
        last = periods - lead - 1
        if last < LEAST:
            raise ValueError(f"A pool needs {LEAST + lead + 1} periods, and not {periods}.")
        moments = range(max(LEAST, last - PAST + 1), last + 1)
        scores = np.concatenate([liveliness(history[:, :at]) for at in moments])
        edges = cuts(scores, groups)
        group = np.searchsorted(edges, scores, side="right")
        lead_sums, all_sums = sums_after(history, moments, lead), sums_after(history, moments, lead + 1)
        return cls(
            edges=edges,
            during_lead=by_group(group, lead_sums, len(edges) + 1, most),
            until_arrival=by_group(group, all_sums, len(edges) + 1, most),
            mean=np.bincount(group, all_sums, len(edges) + 1)
            / np.maximum(np.bincount(group, minlength=len(edges) + 1), 1)
            / (lead + 1),
        )

    def group_of(self, history: Ints) -> Ints:
        """The group of each part, by its history until now."""
        found: Ints = np.searchsorted(self.edges, liveliness(history), side="right")
        return found


def cuts(scores: Floats, groups: int) -> Floats:
    """Where one group ends and the next begins; no group is empty."""
    found = np.unique(np.quantile(scores, np.linspace(0, 1, groups + 1)[1:-1]))
    counts = np.bincount(np.searchsorted(found, scores, side="right"), minlength=len(found) + 1)
    kept: Floats = found[counts[:-1] > 0]
    return kept


def sums_after(history: Ints, moments: Iterable[int], periods: int) -> Ints:
    """What came in so many periods after each moment, moment by moment."""
    return np.concatenate([history[:, at : at + periods].sum(axis=-1) for at in moments])


def by_group(group: Ints, sums: Ints, groups: int, most: int) -> Floats:
    """The distribution of each group."""
    found = np.zeros((groups, most))
    np.add.at(found, (group, np.minimum(sums, most - 1)), 1.0)
    shares: Floats = found / np.maximum(found.sum(axis=-1, keepdims=True), 1.0)
    return shares
