"""Features: what was known of a machine at an instant, as numbers. Nothing after the instant is looked at.

Of a day's mean only whole days that are over are known. A number that is not known is NaN.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from detectors.learning.fleet import Daily, Fleet, Questions, by_asset, by_owner
from detectors.learning.history import Records
from domain.batch import Floats, Ints
from domain.instants import DAY, HOUR, Duration, Instant

WINDOWS: tuple[tuple[str, Duration], ...] = (("24h", DAY), ("72h", 3 * DAY), ("7d", 7 * DAY), ("30d", 30 * DAY))
SHORT, WEEK, MONTH = 3, 7, 30
"""Days that means, spreads and trends look back over."""


class Plan(Struct, frozen=True):
    """Which features there are; fixed when a model is trained, so that it is asked the same for ever."""

    events: tuple[str, ...]
    components: tuple[str, ...]
    metrics: tuple[str, ...]
    models: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names, in order."""
        counts = [f"{event} in {window}" for event in self.events for window, _ in WINDOWS]
        since = [f"hours since {event}" for event in self.events]
        repaired = [f"days since {component} was replaced" for component in self.components]
        daily = [f"{metric}, {view}" for metric in self.metrics for view in VIEWS]
        return (*counts, *since, *repaired, *daily, "age", *(f"model {model}" for model in self.models))


VIEWS = ("last day", "mean of 3 days", "spread of 7 days", "trend over 7 days", "last day against 30 days")


class Column(NamedTuple):
    """A feature's name and numbers, one a question."""

    name: str
    values: Floats


def plan_of(fleet: Fleet, until: Instant) -> Plan:
    """The features that a fleet's data before `until` allow."""
    return Plan(
        seen(fleet.events, fleet.names, until),
        seen(fleet.repairs, fleet.components, until),
        tuple(fleet.daily.metrics),
        tuple(sorted({model for model in fleet.model if model})),
    )


def seen(records: Records, names: Sequence[str], until: Instant) -> tuple[str, ...]:
    """The names that stand in records before `until`."""
    return tuple(names[number] for number in np.unique(records.what[records.at < until]).tolist())


def features(plan: Plan, fleet: Fleet, questions: Questions) -> Floats:
    """[question, feature], in the plan's order; what the fleet does not have is NaN, a count of it 0."""
    return np.stack([column.values for column in columns(plan, fleet, questions)], axis=1)


def columns(plan: Plan, fleet: Fleet, questions: Questions) -> Iterator[Column]:
    """The features one by one."""
    values = [*counts(plan.events, fleet, questions)]
    values += [age(fleet.events, place(event, fleet.names), questions, HOUR) for event in plan.events]
    values += [age(fleet.repairs, place(part, fleet.components), questions, DAY) for part in plan.components]
    for metric in plan.metrics:
        values += views(fleet.daily, place(metric, fleet.daily.metrics), questions)
    values.append(fleet.age[questions.asset])
    models = np.array(fleet.model, object)[questions.asset]
    values += [(models == model).astype(np.float64) for model in plan.models]
    return map(Column, plan.names, values)


def place(name: str, names: Sequence[str]) -> int:
    """Where a name is; -1 for nowhere."""
    return list(names).index(name) if name in names else -1


def counts(events: Sequence[str], fleet: Fleet, questions: Questions) -> Iterator[Floats]:
    """How many of each event in each window up to the question, itself included."""
    for event in events:
        happened = by_asset(fleet.events, place(event, fleet.names))
        answers = np.zeros((len(WINDOWS), len(questions)))
        for asset, rows in by_owner(questions.asset).items():
            at, known = questions.at[rows], happened.get(asset, np.empty(0, np.int64))
            upto = np.searchsorted(known, at, "right")
            for number, (_, window) in enumerate(WINDOWS):
                answers[number, rows] = upto - np.searchsorted(known, at - window, "right")
        yield from answers


def age(records: Records, what: int, questions: Questions, unit: Duration) -> Floats:
    """How long ago the last of something was; NaN for never."""
    happened = by_asset(records, what)
    answer = np.full(len(questions), np.nan)
    for asset, rows in by_owner(questions.asset).items():
        known = happened.get(asset, np.empty(0, np.int64))
        upto = np.searchsorted(known, questions.at[rows], "right")
        seen = rows[upto > 0]
        answer[seen] = (questions.at[seen] - known[upto[upto > 0] - 1]) / unit
    return answer


def views(daily: Daily, metric: int, questions: Questions) -> list[Floats]:
    """What the days that are over say of one metric."""
    if metric < 0:
        return [np.full(len(questions), np.nan)] * len(VIEWS)
    last = questions.at // DAY - 1 - daily.first
    week = back(daily, metric, questions.asset, last, WEEK)
    month = back(daily, metric, questions.asset, last - 1, MONTH)
    steps = np.arange(WEEK) - (WEEK - 1) / 2
    return [
        week[:, -1],
        mean(week[:, -SHORT:]),
        spread(week),
        mean(week * steps) / float((steps**2).mean()),
        (week[:, -1] - mean(month)) / np.maximum(spread(month), 1e-9),
    ]


def back(daily: Daily, metric: int, asset: Ints, last: Ints, days: int) -> Floats:
    """[question, day]: so many days up to `last`; NaN where there are none."""
    wanted = last[:, None] + np.arange(1 - days, 1)
    inside = (wanted >= 0) & (wanted < daily.mean.shape[1])
    found = daily.mean[asset[:, None], np.where(inside, wanted, 0), metric]
    return np.where(inside, found, np.nan)


def mean(values: Floats) -> Floats:
    """The mean of each row's known numbers; NaN where there are none."""
    known = np.isfinite(values)
    count = known.sum(1)
    total = np.where(known, values, 0.0).sum(1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def spread(values: Floats) -> Floats:
    """The standard deviation of each row's known numbers; NaN where there are none."""
    return np.sqrt(mean((values - mean(values)[:, None]) ** 2))
