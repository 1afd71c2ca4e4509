"""One day of telemetry in one SQLite file with its own bookmark: written as it comes, sorted by device soon after."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from adapters.durable_files import sync_directory
from adapters.sqlite_files import open_writer, transaction
from adapters.sqlite_names import NameTable
from adapters.telemetry_columns import columns_of, joined
from domain.batch import Batch, DeviceEvent
from domain.entries import Position
from domain.errors import ForeignEpoch

FRESH_BYTES = 2 << 20
FRESH_ROWS = 4096
"""What came is sorted into a run once it takes so many bytes, or so many batches; a query looks through all of it."""
CHECKPOINT_PAGES = 4096
"""Empty the write-ahead log every 16 MB: the only syncs there are, two each time."""

MIGRATIONS = (
    (
        "CREATE TABLE bookmark (epoch TEXT NOT NULL, position INTEGER NOT NULL)",
        "CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        "CREATE TABLE state (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        # `name`: the names of the metrics of an item, in order, as a JSON list.
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        # The columns of telemetry_columns.py, a row a batch, in the order they were written.
        "CREATE TABLE fresh (id INTEGER PRIMARY KEY, head BLOB NOT NULL, number BLOB NOT NULL, state BLOB)",
        # The same once sorted: a run is in order of device and time, in strips with their first and last device.
        """CREATE TABLE strip (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            head BLOB NOT NULL,
            number BLOB NOT NULL,
            state BLOB
        )""",
        "CREATE INDEX strip_of_device ON strip (run, last)",
        # `identity` with `nth` (its place among the item's events) tells duplicates; NULL = never a duplicate.
        """CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            device INTEGER NOT NULL,
            at INTEGER NOT NULL,
            identity INTEGER,
            nth INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (device, identity, nth)
        )""",
        "CREATE INDEX event_of_device ON event (device, at)",
    ),
)


class EventBody(msgspec.Struct, array_like=True):
    """What a row of `event` says beside device and time."""

    event: str
    code: str
    details: Mapping[str, Any]
    received_at: int
    position: Position
    boot: int
    seq: int
    digest: int


INSERT_STRIP = "INSERT INTO strip (run, first, last, head, number, state) VALUES (?, ?, ?, ?, ?, ?)"
ENCODER = msgspec.msgpack.Encoder()


class DayFile:
    """The writing side of one day's file. After an exception it must be closed and opened anew: it may remember

    names that were rolled back.
    """

    def __init__(self, path: Path, epoch: str) -> None:
        self.path = path
        is_new = not path.exists()
        self.connection = open_writer(path, MIGRATIONS, synchronous="NORMAL", checkpoint_pages=CHECKPOINT_PAGES)
        try:
            if is_new:
                sync_directory(path.parent)
            self.position = self.bookmark(epoch)
            fresh = self.connection.execute("SELECT total(length(head) + length(number)), count(*) FROM fresh")
            self.fresh_bytes, self.fresh_rows = fresh.fetchone()
        except BaseException:
            self.connection.close()
            raise
        self.devices = NameTable(self.connection, "device")
        self.states = NameTable(self.connection, "state")
        self.metrics = NameTable(self.connection, "metrics")

    def bookmark(self, epoch: str) -> Position:
        """How far the journal has been written here; binds a new file to the epoch. Raises ForeignEpoch."""
        row = self.connection.execute("SELECT epoch, position FROM bookmark").fetchone()
        if row is None:
            with transaction(self.connection, self.path):
                self.connection.execute("INSERT INTO bookmark VALUES (?, 0)", (epoch,))
            return 0
        if row[0] != epoch:
            raise ForeignEpoch(str(self.path), epoch, row[0])
        return int(row[1])

    def write(self, batch: Batch) -> int:
        """Keep the batch and move the bookmark, all or nothing; returns how many readings were kept."""
        if batch.upto <= self.position:
            return 0
        new = batch.since(self.position)
        with transaction(self.connection, self.path):
            if len(new.item):
                self.insert_readings(new)
            self.insert_events(new)
            self.connection.execute("UPDATE bookmark SET position = ?", (new.upto,))
        self.position = new.upto
        return len(new.item)

    def insert_readings(self, batch: Batch) -> None:
        """One row for the batch; now and then, all such rows become a run."""
        columns = columns_of(batch, devices=self.devices, metrics=self.metrics, states=self.states)
        self.connection.execute("INSERT INTO fresh (head, number, state) VALUES (?, ?, ?)", columns.packed())
        self.fresh_rows += 1
        self.fresh_bytes += columns.size
        if self.fresh_bytes >= FRESH_BYTES or self.fresh_rows >= FRESH_ROWS:
            self.sort()

    def sort(self) -> None:
        """Turn what is fresh into a run."""
        fresh = joined(self.connection.execute("SELECT head, number, state FROM fresh ORDER BY id").fetchall())
        run = (self.connection.execute("SELECT max(run) FROM strip").fetchone()[0] or 0) + 1
        ends = [0, -1]
        rows = ((run, *strip.head["device"][ends].tolist(), *strip.packed()) for strip in fresh.by_device().strips())
        self.connection.executemany(INSERT_STRIP, rows)
        self.connection.execute("DELETE FROM fresh")
        self.fresh_bytes = self.fresh_rows = 0

    def insert_events(self, batch: Batch) -> None:
        """One row an event, duplicates left out."""
        place, nth = -1, 0
        for event in batch.events:
            place, nth = event.item, nth + 1 if event.item == place else 0
            identity = int(batch.identity[event.item].astype(np.int64)) or None
            device = self.devices.ids([event.device])[0]
            self.connection.execute(
                "INSERT OR IGNORE INTO event (device, at, identity, nth, body) VALUES (?, ?, ?, ?, ?)",
                (device, event.at, identity, nth, ENCODER.encode(body_of(event))),
            )

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()


def body_of(event: DeviceEvent) -> EventBody:
    """What is kept of an event beside device and time."""
    return EventBody(
        event=event.event,
        code=event.code,
        details=dict(event.details),
        received_at=event.received_at,
        position=event.position,
        boot=event.boot,
        seq=event.seq,
        digest=event.digest,
    )
