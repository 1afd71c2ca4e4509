"""Receive: what a source delivers becomes durable in the journal, and only then is acknowledged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

from domain.entries import Entry, Kind, Position
from domain.errors import TryLater
from domain.instants import SECOND, Duration, Instant
from domain.ports import Clock, Delivery, Journal, Source
from ingest.health import Health

PART = "journal"
LINK_PART = "broker"
RETENTION_PART = "retention"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveSettings:
    """How entries are gathered into one commit."""

    page: int = 1_000
    """A commit holds at most about so many entries."""
    linger_seconds: float = 0.02
    """While messages keep coming, a commit waits up to this long for more."""
    tick_seconds: float = 5.0
    """A tick is journaled so often, also while nothing comes."""
    retry_seconds: float = 1.0
    """A full disk is tried again so often."""
    most_kept_back: int = 20_000
    """While the disk is full, no more than so many are taken from a sender that knows no limit."""


class Receiver:
    """Source to journal. One thread runs it; it alone writes the journal."""

    def __init__(
        self,
        *,
        source: Source,
        journal: Journal,
        clock: Clock,
        health: Health,
        settings: ReceiveSettings | None = None,
        controls: Callable[[], Sequence[Delivery]] = lambda: (),
        controlled: Callable[[Sequence[Delivery]], None] = lambda deliveries: None,
        housekeeping: Callable[[Instant], object] = lambda now: None,
    ) -> None:
        self.source = source
        self.journal = journal
        self.clock = clock
        self.health = health
        self.settings = settings or ReceiveSettings()
        self.controls = controls
        self.controlled = controlled
        self.housekeeping = housekeeping
        self.next_tick: Instant = 0
        self.busy = False
        self.received = 0
        self.kept_back: list[Delivery] = []

    def run(self, stop: Event) -> None:
        """Receive until `stop`; what was taken and is not durable then was not acknowledged either."""
        while not stop.is_set():
            self.step(stop)

    def step(self, stop: Event) -> None:
        """One commit's worth: gather, append, acknowledge."""
        deliveries = self.gather()
        self.health.note(LINK_PART, self.source.trouble)
        decided = self.controls()
        entries = [delivery.entry for delivery in (*deliveries, *decided)] + self.ticks()
        if not entries:
            return
        try:
            self.journal.append(entries)
        except TryLater as trouble:
            self.keep_back(deliveries, str(trouble), stop)
        else:
            self.health.green(PART)
            self.source.acknowledge(deliveries)
            self.controlled(decided)
            self.received += len(deliveries)

    def keep_back(self, deliveries: list[Delivery], trouble: str, stop: Event) -> None:
        """Hold what could not be kept, unacknowledged; the connection stays alive, the sender stops by itself

        at its limit of unacknowledged messages.
        """
        self.health.red(PART, trouble)
        self.kept_back = deliveries
        stop.wait(self.settings.retry_seconds)

    def gather(self) -> list[Delivery]:
        """What was kept back and what came; while messages keep coming, up to a page of it or until the linger ends.

        The linger is adaptive: a lone message is committed at once, a stream shares commits.
        """
        deliveries, self.kept_back = self.kept_back, []
        if len(deliveries) >= self.settings.most_kept_back:
            return deliveries
        came = self.source.take(0 if deliveries else min(1.0, self.settings.tick_seconds))
        deliveries += came
        if self.busy and came:
            self.linger(deliveries)
        self.busy = len(came) > 1
        return deliveries

    def linger(self, deliveries: list[Delivery]) -> None:
        """Take more until the page is full, the linger has passed, or nothing came within it."""
        until = self.clock.now() + int(self.settings.linger_seconds * SECOND)
        while len(deliveries) < self.settings.page:
            left = until - self.clock.now()
            if not 0 < left <= self.settings.linger_seconds * SECOND:
                return
            more = self.source.take(left / SECOND)
            if not more:
                return
            deliveries += more

    def ticks(self) -> list[Entry]:
        """A tick when one is due."""
        now = self.clock.now()
        period: Duration = int(self.settings.tick_seconds * SECOND)
        if now < self.next_tick <= now + period:
            return []
        self.next_tick = now + period
        self.keep_house(now)
        return [Entry(Kind.TICK, now)]

    def keep_house(self, now: Instant) -> None:
        """Drop what is old; where that cannot be done now, the next tick tries again."""
        try:
            self.housekeeping(now)
        except TryLater as trouble:
            self.health.red(RETENTION_PART, str(trouble))
        else:
            self.health.green(RETENTION_PART)

    @property
    def position(self) -> Position:
        """How far the journal is durable."""
        return self.journal.last
