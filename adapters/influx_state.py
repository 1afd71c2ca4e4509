"""What the InfluxDB store keeps on this machine: its bookmark, and the lines that the server would not have."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from adapters.sqlite_files import open_writer, transaction
from domain.entries import Position
from domain.errors import ForeignEpoch
from domain.instants import Instant

MIGRATIONS = (
    (
        "CREATE TABLE bookmark (epoch TEXT NOT NULL, position INTEGER NOT NULL)",
        """CREATE TABLE parked (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            position INTEGER NOT NULL,
            line BLOB NOT NULL,
            words TEXT NOT NULL
        )""",
        # Metrics that have said words.
        "CREATE TABLE worded (metric TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE tally (bytes INTEGER NOT NULL, evicted INTEGER NOT NULL)",
        "INSERT INTO tally VALUES (0, 0)",
    ),
)
ROW_BYTES = 64
"""What a parked line takes beside its texts."""

OLDEST = "SELECT number, length(line) + length(CAST(words AS BLOB)) + ? FROM parked ORDER BY number LIMIT 1"


class ParkedLine(NamedTuple):
    """A line that the server refused when it was alone."""

    at: Instant
    """When it was refused."""
    position: Position
    """The journal entry it comes from."""
    line: str
    words: str
    """The server's."""

    @property
    def size(self) -> int:
        """What it counts for in the limit."""
        return len(self.line.encode("utf-8", "replace")) + len(self.words.encode()) + ROW_BYTES


class InfluxState:
    """`directory/influx.db`. Not synced: after a power failure the bookmark may lie back, and lines are sent again."""

    def __init__(self, directory: Path, most_bytes: int) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = directory / "influx.db"
        self.most_bytes = most_bytes
        self.using = threading.Lock()
        self.connection = open_writer(self.path, MIGRATIONS, synchronous="NORMAL", checkpoint_pages=200)
        row = self.connection.execute("SELECT epoch, position FROM bookmark").fetchone()
        self.epoch: str = row[0] if row else ""
        self.position: Position = row[1] if row else 0
        self.worded = {name for (name,) in self.connection.execute("SELECT metric FROM worded")}

    def check(self, epoch: str) -> None:
        """Nothing, or ForeignEpoch."""
        if self.epoch not in ("", epoch):
            raise ForeignEpoch("The InfluxDB store", epoch, self.epoch)

    def bind(self, epoch: str) -> None:
        """Tie a new file to its journal. Raises ForeignEpoch for another one, DiskFull, TryLater."""
        self.check(epoch)
        if not self.epoch:
            with self.using, transaction(self.connection, self.path):
                self.connection.execute("INSERT INTO bookmark VALUES (?, 0)", (epoch,))
            self.epoch = epoch

    def advance(self, position: Position, parked: Sequence[ParkedLine], worded: set[str]) -> None:
        """Move the bookmark, and keep what was refused on the way and which metrics have said words, all or nothing.

        Raises DiskFull, TryLater.
        """
        new = worded - self.worded
        with self.using, transaction(self.connection, self.path):
            self.connection.executemany("INSERT INTO worded VALUES (?)", zip(new, strict=True))
            self.connection.execute("UPDATE bookmark SET position = ?", (position,))
            if parked:
                self.park(parked)
        self.worded |= new
        self.position = position

    def park(self, parked: Sequence[ParkedLine]) -> None:
        """Keep lines; the oldest go where there is no room."""
        rows = [(line.at, line.position, line.line.encode("utf-8", "replace"), line.words) for line in parked]
        self.connection.executemany("INSERT INTO parked (at, position, line, words) VALUES (?, ?, ?, ?)", rows)
        added = sum(line.size for line in parked)
        self.connection.execute("UPDATE tally SET bytes = bytes + ?", (added,))
        self.evict()

    def evict(self) -> None:
        """Remove the oldest lines until the rest is within the limit, and count them."""
        (excess,) = self.connection.execute("SELECT bytes - ? FROM tally", (self.most_bytes,)).fetchone()
        while excess > 0:
            number, size = self.connection.execute(OLDEST, (ROW_BYTES,)).fetchone()
            self.connection.execute("DELETE FROM parked WHERE number = ?", (number,))
            self.connection.execute("UPDATE tally SET bytes = bytes - ?, evicted = evicted + 1", (size,))
            excess -= size

    def parked(self, most: int) -> Sequence[ParkedLine]:
        """The newest refused lines, newest first."""
        query = "SELECT at, position, line, words FROM parked ORDER BY number DESC LIMIT ?"
        with self.using:
            rows = self.connection.execute(query, (most,)).fetchall()
        return [ParkedLine(at, position, line.decode(), words) for at, position, line, words in rows]

    def tally(self) -> tuple[int, int]:
        """How many refused lines are kept, and how many had to go."""
        query = "SELECT (SELECT count(*) FROM parked), evicted FROM tally"
        with self.using:
            kept, evicted = self.connection.execute(query).fetchone()
        return kept, evicted

    def close(self) -> None:
        """Let go of the file."""
        with self.using:
            self.connection.close()
