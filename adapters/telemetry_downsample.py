"""Downsampling: a long stretch of one metric in few points, of which none is lost that stands out."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from adapters.telemetry_columns import HEAD, joined
from adapters.telemetry_query import Said, chosen, day_file, number_of, written
from domain.batch import Floats, Ints, Reading
from domain.instants import Instant

LEAST, MOST = -(2**63), 2**63 - 1
"""The instants that a column can hold."""
SLACK = 8
"""So many times the points wanted are gathered before they are thinned out."""


class Points(NamedTuple):
    """Readings of one metric in columns."""

    at: Ints
    value: Floats
    """NaN where the reading is a text."""
    text: NDArray[np.object_]
    """None where it is a number."""

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.at)

    def pick(self, places: NDArray[np.intp]) -> Self:
        """Some of them, in the order of `places`."""
        return self._replace(at=self.at[places], value=self.value[places], text=self.text[places])

    def readings(self, device: str, metric: str) -> list[Reading]:
        """As the port of telemetry has them."""
        rows = zip(repeat(device), repeat(metric), self.at.tolist(), self.value.tolist(), self.text.tolist())
        return list(map(Reading._make, rows))


NOTHING = Points(np.empty(0, np.int64), np.empty(0), np.empty(0, object))


def downsampled(
    days: Iterator[Path], device: str, metric: str, *, since: Instant, until: Instant, most_points: int
) -> Sequence[Reading]:
    """All readings in `since <= at < until` where there are at most `most_points`. Else, of each of

    `most_points // 2` equal intervals, the lowest and the highest number with the instants they had; of an interval
    that has only texts, the first and the last. `days` are the files, oldest first. Raises ValueError below two points.
    """
    if most_points < 2:
        raise ValueError(f"most_points is {most_points}; ask for two at least, the lowest and the highest.")
    since, until = max(since, LEAST), min(until, MOST)
    gathered = NOTHING
    for day in days:
        gathered = joint(gathered, points_of(day, device, metric, since, until))
        if gathered.size > SLACK * most_points:
            gathered = thinned(gathered, since, until, most_points)
    if gathered.size > most_points:
        gathered = thinned(gathered, since, until, most_points)
    return gathered.readings(device, metric)


def joint(one: Points, other: Points) -> Points:
    """The one, then the other."""
    return Points(*(np.concatenate(pair) for pair in zip(one, other, strict=True)))


def thinned(points: Points, since: Instant, until: Instant, most_points: int) -> Points:
    """The extremes of each interval. Thinning again, alone or with others, changes nothing: extremes stay extremes."""
    intervals = most_points // 2
    length = max(1, -(-(until - since) // intervals))
    # Unsigned, because the interval may be longer than the largest signed number.
    place = (points.at.astype(np.uint64) - np.array([since], np.int64).astype(np.uint64)) // np.uint64(length)
    order = np.lexsort((points.at, points.value, place))
    starts = np.flatnonzero(np.diff(place[order], prepend=place[order][:1] + np.uint64(1)))
    ends = np.append(starts[1:], len(order))
    numbers = np.add.reduceat(~np.isnan(points.value[order]), starts, dtype=np.int64)
    last = np.where(numbers > 0, starts + numbers, ends) - 1
    picked = order[np.unique(np.concatenate((starts, last)))]
    return points.pick(picked[np.argsort(points.at[picked], kind="stable")])


def points_of(path: Path, device: str, metric: str, since: Instant, until: Instant) -> Points:
    """A day's readings of one metric, in order of time; the last one written an instant."""
    with day_file(path) as connection:
        number = number_of(connection, device)
        if connection is None or number is None:
            return NOTHING
        said = Said(connection, frozenset([metric]))
        columns = joined(list(written(connection, number)))
        columns = columns.pick(chosen(columns.head, number, since, until))
        items, places = places_of(columns.head, said)
        value = columns.number[places]
        text = np.full(len(value), None, object)
        if columns.state is not None:
            text[:] = [said.state(state) for state in columns.state[places].tolist()]
    return last_written(Points(columns.head["at"][items].astype(np.int64), value, text))


def places_of(head: NDArray[np.void], said: Said) -> tuple[NDArray[np.intp], Ints]:
    """The items that say the wanted metric, and where its number stands; in the order they were written."""
    assert head.dtype == HEAD
    starts = np.cumsum(head["count"], dtype=np.int64) - head["count"]
    place = np.full(len(head), -1, np.int64)
    for listed in np.unique(head["metrics"]).tolist():
        for spot, _ in said.wanted(listed):
            place[head["metrics"] == listed] = spot
    items = np.flatnonzero(place >= 0)
    return items, starts[items] + place[items]


def last_written(points: Points) -> Points:
    """In order of time, of equal instants the one written last."""
    order = np.argsort(points.at, kind="stable")
    at = points.at[order]
    return points.pick(order[np.append(at[1:] != at[:-1], True)] if len(at) else order)
