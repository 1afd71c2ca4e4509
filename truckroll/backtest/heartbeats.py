"""Heartbeats: a file of events alone does not say that devices lived between them; who gives it may vouch for that."""

from dataclasses import replace

import numpy as np

from domain.batch import Batch
from domain.instants import Duration
from truckroll.backtest.columns import Recording

METRIC = "(heard)"
"""What the readings that stand for a sign of life are called."""


def vouched(said: Recording, every: Duration) -> Recording:
    """The events with a sign of life of each of their devices every so often, from the first event to the last.

    Without them nothing that must stay quiet for a while to be over would ever be over: silence is no evidence.
    """
    if not said.events:
        return said
    devices = tuple(dict.fromkeys(event.device for event in said.events))
    arrivals = [event.received_at for event in said.events]
    times = np.arange(min(arrivals), max(arrivals) + 1, every, dtype=np.int64)
    count = len(times) * len(devices)
    return replace(
        said,
        devices=devices,
        metrics=(METRIC,),
        device=np.tile(np.arange(len(devices)), len(times)),
        metric=np.zeros(count, np.int64),
        at=np.repeat(times, len(devices)),
        value=np.ones(count),
    )


def vouched_for(batch: Batch) -> int:
    """How many of a batch's readings are signs of life that nobody sent."""
    if METRIC not in batch.metrics:
        return 0
    return int(np.count_nonzero(batch.metric == list(batch.metrics).index(METRIC)))
