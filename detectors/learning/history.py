"""History: what happened to which asset when, and which of its failures followed, in columns on one line of time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from domain.batch import Bools, Floats, Ints
from domain.instants import SECOND, Duration, Instant

MILLISECOND: Duration = SECOND // 1000
ROOM: Duration = 400 * 86_400 * SECOND
"""Between two assets on the line there is more room than any window or horizon is long."""


@dataclass(frozen=True, slots=True)
class Records:
    """Rows in columns: of which asset (its number), what (its number among the names), when."""

    asset: Ints
    what: Ints
    at: Ints

    def __len__(self) -> int:
        return len(self.at)

    def where(self, rows: Bools) -> "Records":
        """Some of the rows."""
        return Records(self.asset[rows], self.what[rows], self.at[rows])


@dataclass(frozen=True)
class History:
    """Events and failures of some assets between two instants. Both are known completely from `since` to `until`."""

    assets: Sequence[str]
    events: Records
    names: Sequence[str]
    """What the events are called."""
    failures: Records
    modes: Sequence[str]
    """What the failures are called."""
    since: Instant
    until: Instant

    @cached_property
    def stride(self) -> int:
        """Milliseconds of the line that belong to one asset."""
        return (self.until - self.since + ROOM) // MILLISECOND + 1

    @cached_property
    def event_lines(self) -> tuple[Ints, ...]:
        """For each name of an event its places on the line, in order, each once."""
        return self.lines(self.events, len(self.names))

    @cached_property
    def failure_lines(self) -> tuple[Ints, ...]:
        """For each mode of failure its places on the line, in order, each once."""
        return self.lines(self.failures, len(self.modes))

    def lines(self, records: Records, names: int) -> tuple[Ints, ...]:
        """Places on the line, which is exact to the millisecond; what is told twice is one."""
        place = records.asset * self.stride + (records.at - self.since) // MILLISECOND
        return tuple(np.unique(place[records.what == name]) for name in range(names))

    def asset_of(self, places: Ints) -> Ints:
        """Whose places these are."""
        return places // self.stride

    def instant_of(self, places: Ints) -> Ints:
        """When these places are."""
        return self.since + places % self.stride * MILLISECOND

    def part(self, since: Instant, until: Instant) -> "History":
        """The history from `since` until before `until`; assets and names keep their numbers."""
        return replace(
            self,
            events=self.events.where((self.events.at >= since) & (self.events.at < until)),
            failures=self.failures.where((self.failures.at >= since) & (self.failures.at < until)),
            since=since,
            until=until,
        )

    def covered(self, mode: int, horizon: Duration) -> Floats:
        """For each asset the share of the judged time that is followed by a failure of the mode within the horizon.

        It is the chance that an alarm at a moment taken blindly would be right.
        """
        reach, end = horizon // MILLISECOND, (self.until - self.since - horizon) // MILLISECOND
        places = self.failure_lines[mode]
        asset, last = self.asset_of(places), places % self.stride
        first = np.maximum(last - reach, 0)
        same = np.append(False, asset[1:] == asset[:-1]) if len(places) else np.zeros(0, np.bool_)
        first[same] = np.maximum(first[same], last[np.flatnonzero(same) - 1])
        length = np.maximum(np.minimum(last, end) - first, 0)
        return np.bincount(asset, length, minlength=len(self.assets)) / max(end, 1)


def history_of(events: Iterable[tuple[str, str, Instant]], failures: Iterable[tuple[str, str, Instant]]) -> History:
    """The history of rows (asset, name, instant) in any order; it ends with the last. Raises ValueError if empty."""
    event_rows, failure_rows = list(events), list(failures)
    times = [at for _, _, at in (*event_rows, *failure_rows)]
    if not event_rows or not failure_rows:
        raise ValueError("a history needs at least one event and one failure")
    assets = sorted({asset for asset, _, _ in (*event_rows, *failure_rows)})
    names, modes = (sorted({name for _, name, _ in rows}) for rows in (event_rows, failure_rows))
    return History(
        assets=assets,
        events=records(event_rows, assets, names),
        names=names,
        failures=records(failure_rows, assets, modes),
        modes=modes,
        since=min(times),
        until=max(times) + MILLISECOND,
    )


def records(rows: Sequence[tuple[str, str, Instant]], assets: Sequence[str], names: Sequence[str]) -> Records:
    """Rows as columns."""
    asset = {name: number for number, name in enumerate(assets)}
    what = {name: number for number, name in enumerate(names)}
    return Records(
        np.fromiter((asset[row[0]] for row in rows), np.int64, len(rows)),
        np.fromiter((what[row[1]] for row in rows), np.int64, len(rows)),
        np.fromiter((row[2] for row in rows), np.int64, len(rows)),
    )
