"""Meters are fed from the journal: every reading counts once, for the asset that its device hung on at that time."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
from sqlalchemy import Connection

from adapters import ledger_meters
from adapters.ledger_meters import Source, SourceKey
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain import actors
from domain.batch import RETAINED, Batch
from domain.entries import Kind, Position
from domain.instants import DAY, MINUTE, Instant
from domain.meter import Count, Meter, Point
from domain.ports import JournalView
from domain.registry import Facts, Registry
from domain.ticket import LedgerEvent, Response
from maintenance.meters import hear
from truckroll.chores import Chore
from truckroll.meter_deeds import import_meters
from truckroll.meter_files import load_meters
from truckroll.settings import Settings

READER = actors.METERS
HISTORY_DAYS = 800
"""Days of history that are kept."""

Heard = dict[SourceKey, list[Point]]
"""What each device said for each meter, in order of arrival."""


class Batches(Protocol):
    """The journal, decoded."""

    def after(self, position: Position) -> Batch | None:
        """The next batch; None when there is none yet."""
        ...


@dataclass(slots=True)
class Meters:
    """The chore. What it knows is in the ledger and the journal: killed anywhere, it goes on where it was."""

    ledger: SqlLedger
    journal: JournalView
    feeding: Callable[[], Batches]
    """A new feed of the journal."""
    begin: Callable[[Instant], object] = field(default=lambda _: None)
    """Done once, before the first reading: takes in the file of meters."""
    feed: Batches | None = None
    registry: Registry = field(default_factory=Registry)
    position: Position = -1
    """What the registry is that of; -1 = nothing has been read yet."""
    cleaned_on: int = 0

    def chore(self) -> Chore:
        """Looked after every minute: what came since then is written down together, one row a device."""
        return Chore(READER, MINUTE, self.keep)

    def keep(self, now: Instant) -> None:
        """Take in what the journal has. Raises TryLater, WrongFormat, ForeignEpoch."""
        if self.feed is None:
            self.ledger.bind(self.journal.epoch)
            self.begin(now)
            self.feed = self.feeding()
        while self.step(now):
            pass
        self.forget(now)

    def step(self, now: Instant) -> bool:
        """One batch; False when there was none. What fails, or what another scheduler has counted meanwhile, is read

        again from the ledger's bookmark, so that no change of the registry is missed.
        """
        position, self.position = self.position, -1
        if position < 0:
            position = self.recall()
        assert self.feed is not None
        batch = self.feed.after(position)
        if batch is None:
            self.position = position
            return False
        with self.ledger.begin() as transaction:
            is_next = transaction.bookmark(READER) == position
            if is_next:
                self.take_in(transaction, batch, now)
        self.position = batch.upto if is_next else -1
        return True

    def recall(self) -> Position:
        """The bookmark, with the registry as it was there."""
        with self.ledger.begin() as transaction:
            position = transaction.bookmark(READER)
        self.registry = Registry()
        for place, entry in self.journal.controls():
            if place <= position and entry.topic == "registry":
                self.registry.apply(entry.payload)
        return position

    def take_in(self, transaction: SqlTransaction, batch: Batch, now: Instant) -> None:
        """Everything that a batch says, and the bookmark."""
        begin = transaction.bookmark(READER)
        if 0 < begin < batch.after:
            transaction.record(missed(begin, batch.after, now))
        metered = Metered(ledger_meters.meters(transaction.connection), self.registry)
        record(transaction.connection, metered, metered.said(batch.since(begin)))
        transaction.move_bookmark(READER, batch.upto)

    def forget(self, now: Instant) -> None:
        """Once a day, drop days that nobody looks at any more."""
        today = now // DAY
        if today != self.cleaned_on:
            with self.ledger.begin() as transaction:
                ledger_meters.drop_days_before(transaction.connection, today - HISTORY_DAYS)
            self.cleaned_on = today


class Metered:
    """Which meters the devices feed, by the registry as it comes to be known."""

    def __init__(self, meters: Iterable[Meter], registry: Registry) -> None:
        self.by_metric: dict[str, list[Meter]] = defaultdict(list)
        for meter in meters:
            if meter.metric:
                self.by_metric[meter.metric].append(meter)
        self.registry = registry
        self.definitions: dict[SourceKey, Meter] = {}
        """The definition that each count goes by."""
        self.fixed: dict[tuple[str, str], list[SourceKey]] = {}
        """By device and metric, for devices that were never moved."""

    def said(self, batch: Batch) -> Heard:
        """The readings of a batch, by whose count they are; its changes of the registry are taken in at their place."""
        heard: Heard = defaultdict(list)
        for part in self.stretches(batch):
            self.collect(part, heard)
        return heard

    def stretches(self, batch: Batch) -> Iterator[Batch]:
        """The batch, cut where the registry changes; the change is in force once the part before it has been read."""
        for mark in batch.marks:
            if mark.kind is Kind.CONTROL and mark.topic == "registry":
                yield batch.until(mark.position)
                batch = batch.since(mark.position)
                self.registry.apply(mark.payload)
                self.fixed.clear()
        yield batch

    def collect(self, batch: Batch, heard: Heard) -> None:
        """The readings of metrics that are counted: live, finite numbers."""
        asked = np.array([name in self.by_metric for name in batch.metrics], np.bool_)
        if not asked.any():
            return
        wanted = asked[batch.metric] & (batch.state < 0) & np.isfinite(batch.value)
        wanted &= batch.flags[batch.item] & RETAINED == 0
        rows = np.flatnonzero(wanted)
        items = batch.item[rows]
        columns = (batch.device[items], batch.metric[rows], batch.item_at[items], batch.value[rows])
        for device, metric, at, value in zip(*(column.tolist() for column in columns), strict=True):
            for key in self.keys(batch.devices[device], batch.metrics[metric], at):
                heard[key].append(Point(at, value))

    def keys(self, device: str, metric: str, at: Instant) -> list[SourceKey]:
        """Whose counts a device's reading of a metric is."""
        known = self.fixed.get((device, metric))
        if known is not None:
            return known
        facts, since = stay(self.registry, device, at)
        found: dict[str, SourceKey] = {}
        for meter in self.by_metric[metric]:
            if meter.name not in found and meter.is_for(facts):
                key = found[meter.name] = SourceKey(facts.asset, meter.name, device, since)
                self.definitions[key] = meter
        keys = list(found.values())
        if len(self.registry.history.get(device, ())) < 2:
            self.fixed[device, metric] = keys
        return keys


def stay(registry: Registry, device: str, at: Instant) -> tuple[Facts, Instant]:
    """What held for a device, and since when it had hung on that asset; 0 for its first one."""
    facts, past = registry.facts(device, at), registry.history.get(device, ())
    since = 0
    for before, after in pairwise(past):
        if after.since > at:
            break
        if after.facts.asset != before.facts.asset:
            since = after.since
    return facts, since


def record(connection: Connection, metered: Metered, heard: Heard) -> None:
    """Count on, and write down how the counts stand."""
    known = ledger_meters.sources_of(connection, sorted({key.asset for key in heard}))
    fed = {(key.asset, key.meter) for key in known}
    last = ledger_meters.last_source(connection)
    counted: list[Source] = []
    days: dict[int, dict[int, Point]] = {}
    slips = {}
    for key, points in heard.items():
        source = known.get(key)
        if source is None:
            last += 1
            source = Source(last, key, Count(is_first=(key.asset, key.meter) not in fed))
            fed.add((key.asset, key.meter))
        news = hear(metered.definitions[key], source.count, points)
        counted.append(replace(source, count=news.count))
        days[source.id] = news.days
        if news.slips:
            slips[source.id] = news.slips
    ledger_meters.save_sources(connection, counted)
    ledger_meters.save_days(connection, days)
    ledger_meters.save_slips(connection, slips)


def meters_of(settings: Settings, ledger: SqlLedger, journal: JournalView, feeding: Callable[[], Batches]) -> Meters:
    """The chore, which takes in the file of meters once it begins. Raises WrongFormat, OSError."""
    wanted = load_meters(settings)
    if wanted is None:
        return Meters(ledger, journal, feeding)
    return Meters(ledger, journal, feeding, lambda now: import_meters(ledger, wanted, by=READER, now=now))


def missed(begin: Position, after: Position, now: Instant) -> Response:
    """The line that says that readings were dropped before they were counted."""
    why = (
        f"The journal dropped {after - begin} entries before meters counted them; counters go on with their next "
        "reading, gauges have a gap. Let the service run, or raise most_age in [journal]."
    )
    details = {"from": begin + 1, "to": after}
    return Response(events=(LedgerEvent(at=now, kind="meters_missed", actor=READER, why=why, details=details),))
