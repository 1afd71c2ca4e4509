"""Watchdog: whether work goes on, judged by progress and not by what anybody says of himself."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from domain.entries import Position
from truckroll.wiring import Service

LOOK_SECONDS = 1.0
STALLED_SECONDS = 10.0
"""A reader that has work and has got no further for so long is stalled; so is a watchdog that has seen nothing."""
LATE_TICK_SECONDS = 5.0
"""The journal is stalled when its tick is so much overdue."""


@dataclass(slots=True)
class Progress:
    """How a reader of the journal gets on. `now` is a monotonic time in seconds."""

    position: Position = 0
    moved_at: float = 0.0
    seen: list[tuple[float, Position]] = field(default_factory=list)
    """When the journal was seen to end where; only what is not read yet."""

    def note(self, position: Position, last: Position, now: float) -> None:
        """The reader stands at `position`, the journal ends at `last`."""
        if position != self.position or position >= last:
            self.position, self.moved_at = position, now
        if not self.seen or last > self.seen[-1][1]:
            self.seen.append((now, last))
        self.seen = [(at, end) for at, end in self.seen if end > position]
        if len(self.seen) > 1000:
            del self.seen[1::2]

    def stalled_seconds(self, now: float) -> float:
        """How long it has had work and got no further."""
        return max(0.0, now - self.moved_at)

    def lag_seconds(self, now: float) -> float:
        """How long the oldest entry that it has not read has been there."""
        return now - self.seen[0][0] if self.seen else 0.0


class Watchdog:
    """Looks once a second at what the journal and its readers have done since.

    `verdict` needs no disk and no lock, so that it can be asked while everything hangs.
    """

    def __init__(self, running: Service, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.running = running
        self.monotonic = monotonic
        self.looked_at = monotonic()
        self.last: Position = 0
        self.ticked_at = self.looked_at
        self.readers = {name: Progress(moved_at=self.looked_at) for name in ("watch", "recorder")}

    async def keep_looking(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Take note of every position. May wait for as long as the journal does not answer."""
        last = self.running.journal.last
        now = self.monotonic()
        if last != self.last:
            self.last, self.ticked_at = last, now
        self.readers["watch"].note(self.running.watch.position, last, now)
        self.readers["recorder"].note(self.running.recorder.position, last, now)
        self.looked_at = now

    @property
    def tick_age(self) -> float:
        """Seconds since the journal grew; ticks make it grow also while nothing comes."""
        return self.monotonic() - self.ticked_at

    def stalled(self) -> Mapping[str, str]:
        """The parts that get no further, each with a sentence."""
        now, found = self.monotonic(), {}
        if now - self.looked_at > STALLED_SECONDS:
            found["journal"] = "The journal has not answered for some time; look at the disk that holds it."
        patience = self.running.settings.receive.tick_seconds + LATE_TICK_SECONDS
        if self.tick_age > patience:
            found["journal"] = f"Nothing was journaled for {self.tick_age:.0f} s; look at the disk that holds it."
        for name, progress in self.readers.items():
            if progress.stalled_seconds(now) > STALLED_SECONDS:
                found[name] = f"The {name} has work and gets no further; look at the log, then start Truckroll again."
        return found

    def troubles(self) -> Mapping[str, str]:
        """Every part in trouble, with a sentence for the person who can act; empty = ready."""
        said = {part: trouble for part, trouble in self.running.health.report().items() if trouble}
        found = {**self.stalled(), **said}
        if not self.running.watch.has_caught_up:
            found.setdefault("replay", "The journal is being replayed after a start; that ends by itself.")
        if self.running.workers.ended.is_set():
            found["workers"] = "Truckroll is stopping."
        return found
