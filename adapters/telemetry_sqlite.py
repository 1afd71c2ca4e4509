"""The telemetry store in SQLite: one file for each UTC day of event time."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from adapters import telemetry_downsample, telemetry_query
from adapters.durable_files import full_disk_told, sync_directory, sync_file
from adapters.sqlite_files import open_writer, transaction
from adapters.telemetry_day import DayFile
from domain.batch import Batch, DeviceEvent, Reading
from domain.counts import Counts
from domain.entries import Position
from domain.errors import ForeignEpoch
from domain.instants import DAY, EPOCH, Instant

OPEN_FILES = 8
"""Day files open for writing at a time; the one not used for longest is closed first."""
SETTLE_SECONDS = 10.0
CATALOG = (("CREATE TABLE bookmark (epoch TEXT NOT NULL, position INTEGER NOT NULL)",),)
FIRST_DAY = EPOCH.date().toordinal()

Day = int
"""Days since 1970-01-01."""


class SqliteTelemetry:
    """The `TelemetryStore` port in a directory: `2026-11-22.db` a day, and `catalog.db` with the store's bookmark.

    Writes are not synced (`synchronous=NORMAL`): what a power failure takes is written again from the journal, for
    each file has its own bookmark, in the same transaction as its readings, and skips what it has. The store's
    bookmark is made durable every `settle_seconds` and at closing, after the files it speaks of; so after a crash it
    may lie back a little, never ahead. A batch over several days is one transaction a day; when one fails,
    the bookmark stays and the same batch is written again without harm.

    Duplicates of an event are told within a day. Counts readings: dropped = those that were there already.
    """

    def __init__(self, directory: Path, *, settle_seconds: float = SETTLE_SECONDS) -> None:
        self.directory = Path(directory)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.settle_seconds = settle_seconds
        self.counts = Counts()
        self.writing = threading.Lock()
        self.files: OrderedDict[Day, DayFile] = OrderedDict()
        self.unsynced: set[Day] = set()
        self.path = self.directory / "catalog.db"
        self.catalog = open_writer(self.path, CATALOG, synchronous="FULL", checkpoint_pages=100)
        row = self.catalog.execute("SELECT epoch, position FROM bookmark").fetchone()
        self.epoch: str = row[0] if row else ""
        self.position: Position = row[1] if row else 0
        self.settled = self.position
        self.settled_at = time.monotonic()

    def bookmark(self, epoch: str) -> Position:
        """As the port says; after a crash it may lie before what is kept already."""
        if self.epoch not in ("", epoch):
            raise ForeignEpoch("The telemetry store", epoch, self.epoch)
        return self.position

    def write(self, batch: Batch, epoch: str) -> int:
        """As the port says."""
        self.counts.received += len(batch.item)
        with self.writing:
            try:
                kept = self.keep(batch, epoch)
            except BaseException:
                self.counts.failed += len(batch.item)
                raise
        self.counts.kept += kept
        self.counts.dropped += len(batch.item) - kept
        return kept

    def keep(self, batch: Batch, epoch: str) -> int:
        """Write what is new, day by day, and move the bookmark."""
        if batch.upto <= self.bookmark(epoch):
            return 0
        self.bind(epoch)
        kept = sum(self.write_day(day, part) for day, part in by_day(batch.since(self.position)))
        before, self.position = self.position, batch.upto
        if time.monotonic() - self.settled_at >= self.settle_seconds:
            try:
                self.settle()
            except BaseException:
                self.position = before
                raise
        return kept

    def bind(self, epoch: str) -> None:
        """Tie an empty store to its journal."""
        if not self.epoch:
            with transaction(self.catalog, self.path):
                self.catalog.execute("INSERT INTO bookmark VALUES (?, 0)", (epoch,))
            self.epoch = epoch

    def write_day(self, day: Day, part: Batch) -> int:
        """One day's share of a batch, in one transaction."""
        try:
            kept = self.open(day).write(part)
        except BaseException:
            self.shut(day)
            raise
        self.unsynced.add(day)
        return kept

    def open(self, day: Day) -> DayFile:
        """The day's file, ready to be written."""
        if day not in self.files:
            while len(self.files) >= OPEN_FILES:
                self.shut(next(iter(self.files)))
            self.files[day] = DayFile(self.file(day), self.epoch)
        self.files.move_to_end(day)
        return self.files[day]

    def shut(self, day: Day) -> None:
        """Close the day's file if it is open."""
        file = self.files.pop(day, None)
        if file is not None:
            file.close()

    def settle(self) -> None:
        """Make everything written so far durable, and then the bookmark. Raises DiskFull, TryLater."""
        with full_disk_told(self.directory):
            for day in self.unsynced:
                path = self.file(day)
                sync_file(path)
                sync_file(path.with_name(path.name + "-wal"))
            sync_directory(self.directory)
        with transaction(self.catalog, self.path):
            self.catalog.execute("UPDATE bookmark SET position = ?", (self.position,))
        self.unsynced.clear()
        self.settled, self.settled_at = self.position, time.monotonic()

    def readings(
        self, device: str, since: Instant, until: Instant, metrics: Iterable[str] | None = None
    ) -> Sequence[Reading]:
        """As the port says; metrics of one instant in order of name. Any thread, beside the writer."""
        names = None if metrics is None else frozenset(metrics)
        found: list[Reading] = []
        for day in self.days(since, until):
            found += telemetry_query.readings(self.file(day), device, since, until, names)
        return found

    def events(self, device: str, since: Instant, until: Instant) -> Sequence[DeviceEvent]:
        """As the port says. Any thread, beside the writer."""
        found: list[DeviceEvent] = []
        for day in self.days(since, until):
            found += telemetry_query.events(self.file(day), device, since, until)
        return found

    def downsampled(
        self, device: str, metric: str, since: Instant, until: Instant, most_points: int
    ) -> Sequence[Reading]:
        """At most so many readings of a metric, its extremes among them; see `telemetry_downsample`. Any thread."""
        days = (self.file(day) for day in self.days(since, until))
        return telemetry_downsample.downsampled(days, device, metric, since=since, until=until, most_points=most_points)

    def days(self, since: Instant, until: Instant) -> Iterator[Day]:
        """The days that have a file and share an instant with the interval, oldest first."""
        for day in sorted(days_in(self.directory)):
            if day * DAY < until and since < (day + 1) * DAY:
                yield day

    def drop_days_before(self, instant: Instant) -> int:
        """Remove the files of days that ended by then; returns how many."""
        gone = [day for day in sorted(days_in(self.directory)) if (day + 1) * DAY <= instant]
        with self.writing:
            for day in gone:
                self.shut(day)
                self.unsynced.discard(day)
                path = self.file(day)
                # The log first: one left behind would be taken for the log of a later file of this name.
                for name in (f"{path.name}-wal", f"{path.name}-shm", path.name):
                    path.with_name(name).unlink(missing_ok=True)
        return len(gone)

    def file(self, day: Day) -> Path:
        """The path of a day's file."""
        return self.directory / f"{date.fromordinal(FIRST_DAY + day)}.db"

    def close(self) -> None:
        """Settle and let go of the files."""
        with self.writing:
            try:
                if self.position != self.settled:
                    self.settle()
            finally:
                for day in list(self.files):
                    self.shut(day)
                self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def by_day(batch: Batch) -> Iterator[tuple[Day, Batch]]:
    """The batch's items by UTC day of event time, oldest first; a day without items is not there."""
    days = batch.item_at // DAY
    for day in np.unique(days).tolist():
        yield day, batch.only(days == day)


def days_in(directory: Path) -> Iterator[Day]:
    """The days that have a file."""
    for name in os.listdir(directory):
        stem, ending = os.path.splitext(name)
        if ending == ".db" and stem != "catalog":
            yield date.fromisoformat(stem).toordinal() - FIRST_DAY
