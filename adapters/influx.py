"""The telemetry store in InfluxDB: readings and events where a plant already keeps them."""

import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.influx_answers import InfluxAway
from adapters.influx_layout import Layout
from adapters.influx_lines import lines_of, worded_in
from adapters.influx_read import Reader
from adapters.influx_settings import InfluxSettings
from adapters.influx_state import InfluxState, ParkedLine
from adapters.influx_wire import Wire, Writing, writing
from adapters.influx_write import Held, Sender
from domain.batch import Batch, DeviceEvent, Reading
from domain.counts import Counts
from domain.entries import Position
from domain.errors import GiveUp, TryLater
from domain.instants import Instant

PATIENCE = 1.0
"""So long a reader waits for lines that are on their way."""


class InfluxTelemetry:
    """The `TelemetryStore` port over InfluxDB 1 or 2. Building it opens `directory/influx.db` and no connection.

    InfluxDB knows no transaction, so the bookmark lies in that file and moves after the server's 204; whatever is
    sent again after a crash overwrites itself. Lines wait for a fuller request up to `linger_seconds`; at most one
    request's lines are in memory, and while the server is away `write` raises, so the journal keeps the rest.
    A line that the server refuses even alone is parked with the server's words, and the bookmark moves on.

    Counts readings: dropped = parked, failed = those of calls that raised; a repeated call counts again.
    """

    def __init__(self, settings: InfluxSettings, directory: Path, *, lines: Writing | None = None) -> None:
        self.settings = settings
        self.counts = Counts()
        self.stop = threading.Event()
        self.sending = threading.Lock()
        self.layout = Layout(settings)
        self.wire = Wire(settings)
        self.reader = Reader(self.wire, self.layout)
        self.lines = lines or writing(self.wire)
        self.sender = Sender(settings, self.lines, self.stop)
        self.held = Held(settings)
        self.state = None if settings.is_read_only else InfluxState(Path(directory), settings.parked_bytes)
        self.position: Position = self.state.position if self.state else 0
        """All lines up to here are held or kept."""
        self.worded = set(self.state.worded) if self.state else set()
        """Metrics that have said words: their numbers take back the text of an instant."""
        self.taken = 0
        """Readings that are held or kept, and that no call has returned the number of."""
        self.timer: threading.Timer | None = None

    @property
    def trouble(self) -> str:
        """Why nothing is kept and what to do about it, in one sentence; empty while all is well."""
        return self.sender.trouble

    def bookmark(self, epoch: str) -> Position:
        """As the port says; after a crash it may lie before what is kept already."""
        if self.state is not None:
            self.state.check(epoch)
        return self.position

    def write(self, batch: Batch, epoch: str) -> int:
        """As the port says. After TryLater a part of it may be held or kept: the same call goes on from there.

        Raises GiveUp in mode read-only.
        """
        self.writable().bind(epoch)
        with self.sending:
            self.take(batch.since(self.position))
            self.send_or_wait()
            taken, self.taken = self.taken, 0
        return taken

    def take(self, batch: Batch) -> None:
        """Hold the batch's lines, sending whenever no more can be held. Raises TryLater between two of them."""
        before = self.taken
        self.counts.received += len(batch.item)
        self.worded |= worded_in(batch)
        try:
            for position, readings, line in lines_of(batch, self.layout, self.worded):
                self.position = max(self.position, position - 1)
                if not self.held.fits(line):
                    self.flush()
                self.held.add(position, readings, line)
                self.taken += readings
        except TryLater:
            self.counts.failed += len(batch.item) - (self.taken - before)
            raise
        self.position = max(self.position, batch.upto)

    def send_or_wait(self) -> None:
        """Send what is due now; see to it that the rest is sent in time."""
        age = time.monotonic() - self.held.since
        if not self.held or self.held.is_full or age >= self.settings.linger_seconds:
            self.flush()
        elif self.timer is None:
            self.timer = threading.Timer(self.settings.linger_seconds - age, self.send_late)
            self.timer.name = "influx-linger"
            self.timer.daemon = True
            self.timer.start()

    def send_late(self) -> None:
        """Nothing more came meanwhile: send what is held. What fails stays held, and the next `write` says why."""
        with self.sending:
            self.timer = None
            if self.held and not self.stop.is_set():
                with suppress(TryLater):
                    self.flush()

    def flush(self) -> None:
        """Send what is held and move the bookmark. Raises TryLater and keeps holding it."""
        state = self.writable()
        refused = self.sender.send(self.held.lines) if self.held else []
        now = time.time_ns()
        parked = [
            ParkedLine(now, self.held.positions[place], self.held.lines[place].decode(), words)
            for place, words in refused
        ]
        state.advance(self.position, parked, self.worded)
        dropped = sum(self.held.readings[place] for place, _ in refused)
        self.counts.dropped += dropped
        self.counts.kept += sum(self.held.readings) - dropped
        self.held.clear()

    def writable(self) -> InfluxState:
        """The bookmark's file. Raises GiveUp where there is none."""
        if self.state is None:
            raise GiveUp(f'{self.settings.place} is used read-only; set mode = "read-write" to keep readings there.')
        return self.state

    def settle(self) -> None:
        """Send what waits, so that a reader sees all that was written; a server that is away is left alone.

        What cannot be sent stays held, and `trouble` says why.
        """
        if self.state is not None and self.held and self.sending.acquire(timeout=PATIENCE):
            try:
                with suppress(TryLater):
                    self.flush()
            finally:
                self.sending.release()

    def readings(
        self, device: str, since: Instant, until: Instant, metrics: Iterable[str] | None = None
    ) -> Sequence[Reading]:
        """As the port says; metrics of one instant in order of name. Any thread. Raises InfluxAway, a TryLater."""
        self.settle()
        return self.reader.readings(device, since, until, metrics)

    def events(self, device: str, since: Instant, until: Instant) -> Sequence[DeviceEvent]:
        """As the port says. Any thread. Raises InfluxAway, a TryLater."""
        self.settle()
        return self.reader.events(device, since, until)

    def downsampled(
        self, device: str, metric: str, since: Instant, until: Instant, most_points: int
    ) -> Sequence[Reading]:
        """At most so many numbers of a metric, in order of time, found by the server: of equal intervals the lowest

        and the highest with the instants they had. Any thread. Raises InfluxAway, ValueError below two points.
        """
        self.settle()
        return self.reader.downsampled(device, metric, since, until, most_points)

    def parked(self, most: int) -> Sequence[ParkedLine]:
        """The newest lines that the server refused, newest first."""
        return self.state.parked(most) if self.state else []

    def parked_counts(self) -> tuple[int, int]:
        """How many refused lines are kept, and how many had to go because they were too many."""
        return self.state.tally() if self.state else (0, 0)

    def close(self) -> None:
        """Send what waits, if the server lets us, and let go of file and connections; the journal has the rest."""
        self.settle()
        self.stop.set()
        if self.timer is not None:
            self.timer.cancel()
        with self.sending:
            if self.state is not None:
                self.state.close()
            self.lines.close()
            self.wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


__all__ = ["InfluxAway", "InfluxSettings", "InfluxTelemetry", "ParkedLine"]
