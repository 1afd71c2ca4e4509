"""Wiring: which plug goes into which socket. Read it from top to bottom and you know the service."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from adapters.data_directory import DataDirectory
from adapters.journal_sqlite import SqliteJournal
from adapters.ledger_sql import SqlLedger
from adapters.mqtt import MqttSettings, MqttSource
from adapters.snapshot_files import SnapshotFiles
from adapters.system_clock import SystemClock
from adapters.telemetry_sqlite import SqliteTelemetry
from detectors.engine import Engine
from domain.entries import Entry, Kind
from domain.instants import SECOND
from domain.ports import Clock, Delivery, Journal
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.gaps import Gaps
from ingest.health import Health, Listener, silent
from ingest.identity import Identities
from ingest.receive import Receiver
from ingest.recorder import Recorder
from ingest.sources import Sources, sources_entry, sources_of
from ingest.watch import Watch, WatchParts
from ticketing.desk import ServiceDesk
from truckroll.ruleset import RuleSet, load_rules
from truckroll.settings import Settings
from truckroll.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service."""

    settings: Settings
    health: Health
    journal: SqliteJournal
    telemetry: SqliteTelemetry
    ledger: SqlLedger
    source: MqttSource
    receiver: Receiver
    recorder: Recorder
    watch: Watch
    workers: Workers


@asynccontextmanager
async def service(
    settings: Settings, *, clock: Clock | None = None, listener: Listener = silent
) -> AsyncIterator[Service]:
    """Start everything, yield, stop everything. Raises DirectoryInUse, ForeignEpoch, WrongFormat before it begins."""
    clock = clock or SystemClock()
    health = Health(listener)
    rules = load_rules(settings.rule_files())
    with ExitStack() as stack:
        directory = stack.enter_context(DataDirectory(settings.data))
        journal = stack.enter_context(
            SqliteJournal(directory.path, most_age=settings.journal.age, most_bytes=settings.journal.size)
        )
        telemetry = stack.enter_context(SqliteTelemetry(directory.telemetry))
        ledger = stack.enter_context(SqlLedger(directory.ledger))
        is_first_start = journal.last == 0
        former = put_in_force(journal, settings, rules, clock)

        feed = Feed(journal, Decoder(journal.controls(), settings.limits))
        window = Identities()
        watch = Watch(
            WatchParts(
                feed=feed,
                journal=journal,
                window=window,
                gaps=Gaps(slots=window.slots),
                detection=Engine(),
                desk=ServiceDesk(),
                ledger=ledger,
                snapshots=SnapshotFiles(directory.snapshots),
                clock=clock,
                health=health,
            ),
            settings.watch,
        )
        await asyncio.to_thread(watch.load)
        recorder = Recorder(feed, telemetry, journal.epoch, health)
        mqtt = subscribed(settings.mqtt, settings.sources)
        source = stack.enter_context(
            MqttSource(mqtt, clock, expects_session=not is_first_start, former_topics=former - set(mqtt.topics))
        )
        inbox = Inbox(directory, clock)
        receiver = Receiver(
            source=source,
            journal=journal,
            clock=clock,
            health=health,
            settings=settings.receive,
            controls=inbox.collect,
            controlled=inbox.done,
            housekeeping=lambda now: journal.retain(now, watch.saved),
        )
        workers = Workers()
        stack.callback(workers.stop)
        workers.start("watch", watch.run)
        workers.start("recorder", recorder.run)
        workers.start("receiver", receiver.run)
        yield Service(
            settings=settings,
            health=health,
            journal=journal,
            telemetry=telemetry,
            ledger=ledger,
            source=source,
            receiver=receiver,
            recorder=recorder,
            watch=watch,
            workers=workers,
        )
        await asyncio.to_thread(workers.stop)
        if workers.failure is not None:
            raise workers.failure


def subscribed(mqtt: MqttSettings, sources: Sources) -> MqttSettings:
    """The broker settings with the filters that the sources need."""
    return replace(mqtt, topics=mqtt.topics or sources.subscriptions())


def put_in_force(journal: Journal, settings: Settings, rules: RuleSet, clock: Clock) -> set[str]:
    """Journal the sources and rules of the configuration where they differ from those in force; returns the filters

    that the sources in force before needed.
    """
    in_force = {entry.topic: entry.payload for _, entry in journal.controls()}
    wanted = {"sources": sources_entry(settings.sources), "rules": rules.entry()}
    changed = [
        Entry(Kind.CONTROL, clock.now(), topic, text) for topic, text in wanted.items() if in_force.get(topic) != text
    ]
    if changed:
        journal.append(changed)
    return set(sources_of(in_force["sources"]).subscriptions()) if "sources" in in_force else set()


class Inbox:
    """What other processes ask to be journaled, as deliveries."""

    def __init__(self, directory: DataDirectory, clock: Clock) -> None:
        self.directory = directory
        self.clock = clock
        self.next_look = 0

    def collect(self) -> Sequence[Delivery]:
        """New decisions of people; looked for once a second."""
        now = self.clock.now()
        if now < self.next_look <= now + SECOND:
            return ()
        self.next_look = now + SECOND
        found = self.directory.collect()
        return [Delivery(Entry(Kind.CONTROL, now, kind, payload), name) for name, kind, payload in found]

    def done(self, deliveries: Sequence[Delivery]) -> None:
        """They are durable in the journal now."""
        for delivery in deliveries:
            self.directory.done(str(delivery.token))
