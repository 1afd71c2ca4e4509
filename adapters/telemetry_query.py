"""Asking one day of telemetry for one device: some milliseconds, beside the writer."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.sqlite_files import in_our_words, open_reader, version, view
from adapters.telemetry_columns import Columns, Packed, joined
from adapters.telemetry_day import EventBody
from domain.batch import DeviceEvent, Ints, Reading
from domain.instants import Instant

RUNS = "SELECT max(run) FROM strip"
STRIPS = "SELECT first, head, number, state FROM strip WHERE run = ? AND last >= ? ORDER BY last, id"
FRESH = "SELECT head, number, state FROM fresh ORDER BY id"
EVENTS = "SELECT at, body FROM event WHERE device = ? AND at BETWEEN ? AND ?"


@contextmanager
def day_file(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A day's file as of one moment; None where it was dropped or has nothing in it yet."""
    with in_our_words(path):
        try:
            connection = open_reader(path)
        except sqlite3.OperationalError:
            if path.exists():
                raise
            yield None
            return
        try:
            with view(connection):
                yield connection if version(connection) else None
        finally:
            connection.close()


def readings(path: Path, device: str, since: Instant, until: Instant, metrics: frozenset[str] | None) -> list[Reading]:
    """A day's readings of one device in order of time, then of metric; the last one written a metric and instant."""
    with day_file(path) as connection:
        number = number_of(connection, device)
        if connection is None or number is None:
            return []
        said = Said(connection, metrics)
        columns = joined(list(written(connection, number)))
        return said.readings(device, columns.pick(chosen(columns.head, number, since, until)))


def written(connection: sqlite3.Connection, device: int) -> Iterator[Packed]:
    """All that may hold a device's items, in the order it was written: the runs, then what is fresh."""
    for run in range(1, (connection.execute(RUNS).fetchone()[0] or 0) + 1):
        for first, *packed in connection.execute(STRIPS, (run, device)):
            if first > device:
                break
            yield packed[0], packed[1], packed[2]
    # At most some megabytes; to look into each of thousands of small rows first takes longer than to read them all.
    yield from connection.execute(FRESH)


def chosen(head: NDArray[Any], device: int, since: Instant, until: Instant) -> Ints:
    """The items of one device in `since <= at < until`."""
    return np.flatnonzero((head["device"] == device) & (head["at"] >= since) & (head["at"] < until))


class Said:
    """What a device said, by the names behind a file's ids."""

    def __init__(self, connection: sqlite3.Connection, metrics: frozenset[str] | None) -> None:
        self.connection = connection
        self.metrics = metrics
        self.lists: dict[int, Sequence[tuple[int, str]]] = {}
        self.states: dict[int, str | None] = {-1: None}

    def readings(self, device: str, columns: Columns) -> list[Reading]:
        """In order of time, then of metric; of equal ones the last written, which stands last in `columns`."""
        row, metric = self.rows(columns.head)
        names = sorted(set(metric))
        rank = {name: nth for nth, name in enumerate(names)}
        place = np.array([rank[name] for name in metric], np.int64).repeat([len(part) for part in row])
        number = np.concatenate([*row, np.empty(0, np.int64)])
        at = np.repeat(columns.head["at"], columns.head["count"])[number]
        order = np.lexsort((number, place, at))
        at, place, number = at[order], place[order], number[order]
        is_last = np.ones(len(at), np.bool_)
        is_last[:-1] = (at[1:] != at[:-1]) | (place[1:] != place[:-1])
        at, place, number = at[is_last], place[is_last], number[is_last]
        said = [names[nth] for nth in place.tolist()]
        texts = self.texts(columns, number)
        return list(map(Reading._make, zip(repeat(device), said, at.tolist(), columns.number[number].tolist(), texts)))

    def rows(self, head: NDArray[Any]) -> tuple[list[Ints], list[str]]:
        """Where the wanted readings stand behind the heads, in pieces of one metric each, and those metrics."""
        starts = np.cumsum(head["count"], dtype=np.int64) - head["count"]
        rows, metrics = [], []
        for listed in np.unique(head["metrics"]).tolist():
            first = starts[head["metrics"] == listed]
            for place, metric in self.wanted(listed):
                rows.append(first + place)
                metrics.append(metric)
        return rows, metrics

    def texts(self, columns: Columns, rows: Ints) -> Iterable[str | None]:
        """The texts of some readings; None for numbers."""
        if columns.state is None:
            return repeat(None, len(rows))
        return [self.state(state) for state in columns.state[rows].tolist()]

    def wanted(self, listed: int) -> Sequence[tuple[int, str]]:
        """The places, in a list of metrics, of those that were asked for."""
        if listed not in self.lists:
            text = name_of(self.connection, "SELECT name FROM metrics WHERE id = ?", listed)
            names = enumerate(msgspec.json.decode(text, type=list[str]))
            self.lists[listed] = [(i, name) for i, name in names if self.metrics is None or name in self.metrics]
        return self.lists[listed]

    def state(self, number: int) -> str | None:
        """The state behind an id; None for a number."""
        if number not in self.states:
            self.states[number] = name_of(self.connection, "SELECT name FROM state WHERE id = ?", number)
        return self.states[number]


def events(path: Path, device: str, since: Instant, until: Instant) -> list[DeviceEvent]:
    """A day's events of one device in the order of event time."""
    with day_file(path) as connection:
        number = number_of(connection, device)
        if connection is None or number is None:
            return []
        rows = connection.execute(EVENTS, (number, *first_and_last(since, until))).fetchall()
    return sorted((event_of(device, at, body) for at, body in rows), key=DeviceEvent.order)


def event_of(device: str, at: Instant, body: bytes) -> DeviceEvent:
    """The event as it was written, without its place in a batch."""
    kept = msgspec.msgpack.decode(body, type=EventBody)
    return DeviceEvent(item=0, device=device, at=at, **msgspec.structs.asdict(kept))


def number_of(connection: sqlite3.Connection | None, device: str) -> int | None:
    """The device's id in this file; None where it said nothing that day."""
    if connection is None:
        return None
    row = connection.execute("SELECT id FROM device WHERE name = ?", (device,)).fetchone()
    return int(row[0]) if row else None


def name_of(connection: sqlite3.Connection, query: str, number: int) -> str:
    """The name behind an id."""
    return str(connection.execute(query, (number,)).fetchone()[0])


def first_and_last(since: Instant, until: Instant) -> tuple[Instant, Instant]:
    """The first and the last instant of the interval that a column can hold."""
    limits = np.iinfo(np.int64)
    return max(since, int(limits.min)), min(until - 1, int(limits.max))
