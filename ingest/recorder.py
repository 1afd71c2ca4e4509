"""Recorder: keeps every reading and event of the journal in the telemetry store."""

from threading import Event

from domain.entries import Position
from domain.errors import TryLater
from domain.ports import TelemetryStore
from ingest.feed import Feed
from ingest.health import Health

PART = "telemetry store"
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

    def run(self, stop: Event) -> None:
        """Record until `stop`."""
        while not stop.is_set():
            if self.feed.wait(self.position, IDLE_SECONDS) and not self.step():
                stop.wait(RETRY_SECONDS)

    def step(self) -> bool:
        """Write the next batch; False when the store asked to try later."""
        batch = self.feed.after(self.position)
        if batch is None:
            return True
        try:
            self.stored += self.store.write(batch, self.epoch)
        except TryLater as trouble:
            self.health.red(PART, str(trouble))
            return False
        self.position = batch.upto
        self.health.green(PART)
        return True
