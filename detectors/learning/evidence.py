"""Evidence: how often an alarm was followed by a failure in time, and how sure that is."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from detectors.learning.chances import Interval, effective, luck, wilson
from detectors.learning.history import MILLISECOND, History
from domain.batch import Bools, Floats, Ints
from domain.instants import Duration

QUANTILES = (0.1, 0.5, 0.9)


class Question(NamedTuple):
    """Which failures are asked about in which history."""

    history: History
    mode: int
    horizon: Duration
    failures: Ints
    """Where they are on the line; only those that an alarm could have come before in time."""
    covered: Floats
    """How likely a blind alarm is right, by asset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What some alarms are worth for one mode of failure. An alarm counts once, a failure counts once."""

    alarms: int
    hits: int
    """Alarms that a failure followed within the horizon."""
    failures: int
    assets: int
    """On how many assets there were hits."""
    precision: float
    precision_interval: Interval
    recall: float
    recall_interval: Interval
    chance: float
    """The precision of alarms at moments taken blindly on the same assets."""
    p_value: float
    lead: tuple[Duration, ...]
    """From alarm to failure: the shortest tenth, the middle, the longest tenth."""

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2.0 * self.precision * self.recall / both if both else 0.0


def question(history: History, mode: int, horizon: Duration) -> Question:
    """The question whether something comes before failures of a mode."""
    return Question(history, mode, horizon, history.failure_lines[mode], history.covered(mode, horizon))


def alarms(history: History, firings: Ints, horizon: Duration) -> Ints:
    """Firings of which the ones before were a horizon ago or longer: what people would hear of.

    Those too near to the end of the history to be judged are left out.
    """
    reach = horizon // MILLISECOND
    begins = np.ones(len(firings), np.bool_)
    begins[1:] = np.diff(firings) >= reach
    found = firings[begins]
    return found[found % history.stride < (history.until - history.since) // MILLISECOND - reach]


def hits(asked: Question, places: Ints) -> tuple[Bools, Ints]:
    """For each alarm whether a failure came after it and within the horizon, and how many milliseconds later."""
    padded = np.append(asked.failures, np.int64(2**62))
    lead = padded[np.searchsorted(asked.failures, places, "right")] - places
    return lead <= asked.horizon // MILLISECOND, lead


def weigh(asked: Question, places: Ints) -> Evidence:
    """What these alarms are worth."""
    right, lead = hits(asked, places)
    assets, owner = len(asked.history.assets), asked.history.asset_of(places)
    tried = np.bincount(owner, minlength=assets).astype(np.float64)
    won = np.bincount(owner[right], minlength=assets).astype(np.float64)
    failed = np.bincount(asked.history.asset_of(asked.failures), minlength=assets).astype(np.float64)
    count, hit = len(places), int(right.sum())
    chance = float(asked.covered[owner].mean()) if count else 0.0
    worth, share = effective(won, tried), hit / count if count else 0.0
    seen = np.minimum(won, failed)
    known, recall = effective(seen, failed), hit / len(asked.failures) if len(asked.failures) else 0.0
    return Evidence(
        alarms=count,
        hits=hit,
        failures=len(asked.failures),
        assets=int((won > 0).sum()),
        precision=share,
        precision_interval=wilson(share * worth, worth),
        recall=recall,
        recall_interval=wilson(recall * known, known),
        chance=chance,
        p_value=luck(share * worth, worth, chance),
        lead=quantiles(lead[right]),
    )


def quantiles(lead: Ints) -> tuple[Duration, ...]:
    """The shortest tenth, the middle and the longest tenth; nothing of nothing."""
    if not len(lead):
        return ()
    found = np.quantile(lead, QUANTILES, method="lower")
    return tuple(int(value) * MILLISECOND for value in found.tolist())
