"""Recorder: keeps every reading and event of the journal in the telemetry store."""

from threading import Event

from domain.entries import Position
from domain.errors import TryLater
from domain.ports import TelemetryStore
from ingest.feed import Feed
from ingest.health import Health

PART = "telemetry store"
GAP_PART = "telemetry gap"
IDLE_SECONDS = 0.5
RETRY_SECONDS = 1.0


class Recorder:
    """Journal to telemetry store. One thread runs it; a dead store holds up nothing else."""

    def __init__(self, feed: Feed, store: TelemetryStore, epoch: str, health: Health) -> None:
        self.feed = feed
        self.store = store
        self.epoch = epoch
        self.health = health
        self.position: Position = store.bookmark(epoch)
        self.stored = 0
        self.missed = 0
        """Entries that the journal dropped too early."""

    def run(self, stop: Event) -> None:
        """Record until `stop`."""
        while not stop.is_set():
            if self.feed.wait(self.position, IDLE_SECONDS) and not self.step():
                stop.wait(RETRY_SECONDS)

    def step(self) -> bool:
        """Write the next batch; False when the store asked to try later."""
        try:
            batch = self.feed.after(self.position)
            if batch is None:
                return True
            self.stored += self.store.write(batch, self.epoch)
        except TryLater as trouble:
            self.health.red(PART, str(trouble))
            return False
        if batch.after > self.position:
            self.tell_gap(self.position + 1, batch.after)
        self.position = batch.upto
        self.health.green(PART)
        return True

    def tell_gap(self, first: Position, last: Position) -> None:
        """The journal's limits dropped entries that the store never got; it stays red, for they do not come back."""
        self.missed += last - first + 1
        self.health.red(
            GAP_PART,
            f"The journal dropped {self.missed} entries up to position {last} before the telemetry store took them; "
            "raise most_age or most_gib in [journal] and keep the store reachable.",
        )
