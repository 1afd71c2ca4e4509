"""Fleet: everything known of some machines that a forecast may look at, in columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.learning.history import Records
from domain.batch import Floats, Ints
from domain.instants import DAY, Duration, Instant


@dataclass(frozen=True, slots=True)
class Daily:
    """Means of metrics by machine and day in UTC."""

    metrics: Sequence[str]
    first: int
    """The first day, counted from 1970."""
    mean: Floats
    """[machine, day, metric]; NaN where nothing was heard."""

    @classmethod
    def of(cls, assets: int, metrics: Sequence[str], asset: Ints, at: Ints, values: Floats) -> "Daily":
        """The means of readings in any order; `values` are [row, metric]."""
        day = at // DAY
        first = int(day.min()) if len(day) else 0
        days = int(day.max()) - first + 1 if len(day) else 1
        place, mean = asset * days + day - first, np.empty((assets * days, len(metrics)))
        for number in range(len(metrics)):
            known = np.isfinite(values[:, number])
            total = np.bincount(place[known], values[known, number], minlength=assets * days)
            count = np.bincount(place[known], minlength=assets * days)
            with np.errstate(invalid="ignore"):
                mean[:, number] = total / np.where(count, count, np.nan)
        return cls(tuple(metrics), first, mean.reshape(assets, days, len(metrics)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Machines, what happened to them, what was replaced, what they measured, and what they are."""

    assets: Sequence[str]
    events: Records
    names: Sequence[str]
    repairs: Records
    components: Sequence[str]
    daily: Daily
    age: Floats
    """By machine, in years; NaN where it is not known."""
    model: Sequence[str]
    """By machine; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Which machine is asked about when: what will fail within the horizon after `at`?"""

    asset: Ints
    at: Ints

    def __len__(self) -> int:
        return len(self.at)


def daily_questions(assets: int, since: Instant, until: Instant, hour: Duration) -> Questions:
    """Every machine once a day at an hour in UTC, from `since` until before `until`; by time, then by machine."""
    first = since + (hour - since) % DAY
    moments = np.arange(first, until, DAY, dtype=np.int64)
    return Questions(np.tile(np.arange(assets), len(moments)), np.repeat(moments, assets))


def labels(questions: Questions, failures: Records, mode: int, horizon: Duration) -> Floats:
    """1 where a failure of the mode came after the question and within the horizon, else 0."""
    answer = np.zeros(len(questions))
    places = by_asset(failures, mode)
    for asset, rows in by_owner(questions.asset).items():
        failed = np.append(places.get(asset, np.empty(0, np.int64)), np.iinfo(np.int64).max)
        at = questions.at[rows]
        answer[rows] = failed[np.searchsorted(failed[:-1], at, "right")] <= at + horizon
    return answer


def by_asset(records: Records, what: int) -> Mapping[int, Ints]:
    """The instants of one thing by machine, in order."""
    chosen = records.where(records.what == what)
    order = np.lexsort((chosen.at, chosen.asset))
    at = chosen.at[order]
    return {asset: at[rows] for asset, rows in by_owner(chosen.asset[order]).items()}


def by_owner(asset: Ints) -> Mapping[int, Ints]:
    """The rows of each machine."""
    order = np.argsort(asset, kind="stable")
    owners, begins = np.unique(asset[order], return_index=True)
    return dict(zip(owners.tolist(), np.split(order, begins[1:]), strict=True)) if len(order) else {}
