"""Wiring: which plug goes into which socket. Read it from top to bottom and you know the service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import Any

from adapters.attachments import Attachments
from adapters.data_directory import DataDirectory
from adapters.journal_reader import JournalReader
from adapters.journal_sqlite import SqliteJournal
from adapters.ledger_sql import SqlLedger
from adapters.mqtt import MqttSettings, MqttSource
from adapters.mqtt_command import MqttCommands
from adapters.snapshot_files import SnapshotFiles
from adapters.snapshot_position import oldest_position
from adapters.sparkplug_wire import read
from adapters.system_clock import SystemClock
from adapters.telemetry_sqlite import SqliteTelemetry
from detectors.engine import Engine
from domain.errors import TryLater
from domain.instants import DAY, Duration, Instant
from domain.ports import Clock
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.gaps import Gaps
from ingest.health import Health, Listener, silent
from ingest.identity import Identities
from ingest.receive import Receiver
from ingest.recorder import Recorder
from ingest.sources import Sources
from ingest.watch import LEDGER_PART, RETRY_SECONDS, Watch, WatchParts
from ticketing.desk import ServiceDesk
from ticketing.suppression import Suppressions
from truckroll import sparkplug
from truckroll.backups import Backups
from truckroll.campaigns import Campaigns
from truckroll.chores import Chore, Chores
from truckroll.closing import Album
from truckroll.control import Inbox, put_in_force
from truckroll.desk_files import load_classes, load_promises
from truckroll.elsewhere import (
    Hearsay,
    Neighbour,
    NobodyRecords,
    RecorderElsewhere,
    SourceElsewhere,
    WatchElsewhere,
)
from truckroll.fitting import Fitter
from truckroll.foretelling import Foreteller
from truckroll.mail_intake import mail_chores
from truckroll.meters import Meters, meters_of
from truckroll.orders import Orders
from truckroll.out_of_service import OutOfService
from truckroll.outgoing import outbox_of
from truckroll.plan_deeds import surroundings_of, take_in_file
from truckroll.planner import Planner
from truckroll.priorities import Priorities
from truckroll.promises import Promises
from truckroll.quality import QualityKeeper
from truckroll.remedies import Remedies
from truckroll.remedy_deeds import load_remedies
from truckroll.roles import Role
from truckroll.routing import Routing
from truckroll.rule_moves import rules_in_journal
from truckroll.ruleset import load_rules
from truckroll.settings import Settings
from truckroll.stock_keeping import StockKeeper
from truckroll.stores import Telemetry, home, journal_in, ledger_in, telemetry_in
from truckroll.supply import SupplyWatch
from truckroll.survey_sending import Surveys
from truckroll.verification import Verification
from truckroll.workers import Work, Workers

CATCH_UP_SECONDS = 2.0
"""In so long a watch that works gets on."""
MOST_METERED = 100_000
"""Entries of the journal that meters take in together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service, or the part of it that one role is; what a role does not have is None.

    The API role has every part that can be asked something: those of other processes answer from what they tell.
    """

    settings: Settings
    role: Role = Role.ALL
    health: Health
    journal: SqliteJournal | JournalReader | Any
    workers: Workers
    ledger: SqlLedger | Any = None
    telemetry: Telemetry | Any = None
    source: MqttSource | SourceElsewhere | Any = None
    receiver: Receiver | Any = None
    recorder: Recorder | RecorderElsewhere | NobodyRecords | Any = None
    watch: Watch | WatchElsewhere | Any = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What every part stands on."""

    settings: Settings
    role: Role
    clock: Clock
    health: Health
    workers: Workers
    stack: ExitStack
    work: dict[str, Work] = field(default_factory=dict)
    """What is to be started once everything is in its place, by name."""


@asynccontextmanager
async def service(
    settings: Settings, *, role: Role = Role.ALL, clock: Clock | None = None, listener: Listener = silent
) -> AsyncIterator[Service]:
    """Start everything that the role has, yield, stop everything.

    Raises DirectoryInUse, ForeignEpoch, WrongFormat, GiveUp before it begins. A ledger that cannot be reached yet is
    waited for, while the journal grows.
    """
    role.check(settings)
    rules = load_rules(settings.rule_files()) if role.receives else None
    with ExitStack() as stack:
        ground = Ground(settings, role, clock or SystemClock(), Health(listener), Workers(), stack)
        data = stack.enter_context(home(settings, role))
        running = Service(
            settings=settings,
            role=role,
            health=ground.health,
            workers=ground.workers,
            telemetry=None if role is Role.DETECT else stack.enter_context(telemetry_in(settings, data)),
            ledger=None if role is Role.INGEST else stack.enter_context(ledger_in(settings, data, ground.health)),
            journal=stack.enter_context(journal_in(settings, role, data)),
        )
        if role.ticks:
            done = chores(settings, running.ledger, running.telemetry, ground.clock)
            done.append(metering(settings, running).chore())
            done.append(foretelling(ground, running).chore())
            ground.work["scheduler"] = Chores(done, ground.clock, ground.health).run
            ground.work["outbox"] = outbox_of(settings, running.ledger, ground.clock, ground.health).run
            ground.work["remedies"] = remedying(ground, running).run
        if role is Role.API:
            running = listening(ground, data, running)
        elif role.receives or role.watches:
            former = put_in_force(running.journal, settings, rules, ground.clock) if rules else None
            feed = Feed(running.journal, Decoder(running.journal.controls(), settings.limits, read))
            if role.watches:
                running = await asyncio.to_thread(watching, ground, data, feed, running)
            if role.receives:
                running = receiving(ground, data, former, recording(ground, feed, running))
        stack.callback(ground.workers.stop)
        for name, work in ground.work.items():
            ground.workers.start(name, work)
        yield running
        await asyncio.to_thread(ground.workers.stop)
        if ground.workers.failure is not None:
            raise ground.workers.failure


def chores(settings: Settings, ledger: SqlLedger, telemetry: Telemetry, clock: Clock) -> list[Chore]:
    """What is done by the clock. Raises WrongFormat."""
    found = [
        Promises(ledger, load_promises(settings, clock.now())).chore(),
        Routing(ledger, load_classes(settings), settings.routing).chore(),
        Orders(ledger, load_classes(settings)).chore(),
        planner_of(settings, ledger, clock.now()).chore(),
        Campaigns(ledger, surroundings_of(settings, clock.now())).chore(),
        StockKeeper(ledger).chore(),
        SupplyWatch(ledger).chore(),
        OutOfService(ledger, settings).chore(),
        Priorities(ledger).chore(),
        *mail_chores(ledger, settings),
        Verification(ledger, load_classes(settings), telemetry).chore(),
        QualityKeeper(ledger, load_classes(settings)).chore(),
        Surveys(ledger, load_classes(settings), settings.out.survey_url).chore(),
        Fitter(ledger, load_classes(settings)).chore(),
        tidy_album(settings, ledger),
    ]
    return [*found, Backups(settings).chore()] if settings.backup.folder else found


def planner_of(settings: Settings, ledger: SqlLedger, now: Instant) -> Planner:
    """The chore that makes the orders of plans; it begins with the file of plans. Raises WrongFormat, OSError."""
    return Planner(ledger, surroundings_of(settings, now), begin=partial(take_in_file, ledger, settings))


def tidy_album(settings: Settings, ledger: SqlLedger) -> Chore:
    """Once a day, pictures that nothing shows any more are deleted."""
    return Chore("attachments", DAY, Album(ledger, Attachments(settings.data, settings.attachments)).tidy)


def metering(settings: Settings, running: Service) -> Meters:
    """The chore that counts what assets are used. Raises WrongFormat, OSError."""
    journal = running.journal

    def feeding() -> Feed:
        decoder = Decoder(journal.controls(), settings.limits, read)
        return Feed(journal, decoder, most=MOST_METERED, remembered=1)

    return meters_of(settings, running.ledger, journal, feeding)


def foretelling(ground: Ground, running: Service) -> Foreteller:
    """The chore that asks the models; its process ends with the service. Raises WrongFormat."""
    found = Foreteller(running.ledger, ground.settings, load_classes(ground.settings))
    ground.stack.callback(found.stop)
    return found


def relapses(settings: Settings) -> dict[str, Duration]:
    """How soon a fault of each class reopens its ticket."""
    return {kind.id: kind.relapse for kind in load_classes(settings).classes.values()}


def remedying(ground: Ground, running: Service) -> Remedies:
    """The worker that sends commands and listens for the devices' word. Raises WrongFormat."""
    settings, journal = ground.settings, running.journal
    load_remedies(settings, load_classes(settings))
    return Remedies(
        ledger=running.ledger,
        clock=ground.clock,
        health=ground.health,
        commands=MqttCommands(settings.mqtt),
        last=lambda: journal.last,
        feeding=lambda: Feed(journal, Decoder(journal.controls(), settings.limits, read)),
    )


def watching(ground: Ground, data: DataDirectory, feed: Feed, running: Service) -> Service:
    """With watch, its state loaded if the ledger lets it."""
    watch = Watch(
        WatchParts(
            feed=feed,
            journal=running.journal,
            window=Identities(),
            gaps=Gaps(),
            detection=Engine(),
            desk=ServiceDesk(relapses=relapses(ground.settings)),
            suppressing=Suppressions(),
            ledger=running.ledger,
            snapshots=SnapshotFiles(data.snapshots),
            clock=ground.clock,
            health=ground.health,
        ),
        ground.settings.watch,
    )
    is_loaded = has_loaded(watch, ground.health)
    ground.work["watch"] = watch.run if is_loaded else partial(load_and_run, watch, ground.health)
    return replace(running, watch=watch)


def load_and_run(watch: Watch, health: Health, stop: Event) -> None:
    """Watch, once the ledger is there."""
    while not has_loaded(watch, health):
        if stop.wait(RETRY_SECONDS):
            return
    watch.run(stop)


def has_loaded(watch: Watch, health: Health) -> bool:
    """Load; False when the ledger asked to try later. Raises ForeignEpoch, LedgerBehind."""
    try:
        watch.load()
    except TryLater as trouble:
        health.red(LEDGER_PART, str(trouble))
        return False
    health.green(LEDGER_PART)
    return True


def recording(ground: Ground, feed: Feed, running: Service) -> Service:
    """With the recorder, unless somebody else keeps the readings."""
    influx = ground.settings.influx
    if influx is not None and influx.is_read_only:
        return replace(running, recorder=NobodyRecords(running.journal))
    recorder = Recorder(feed, running.telemetry, running.journal.epoch, ground.health)
    ground.work["recorder"] = partial(behind, running.watch, recorder) if running.watch else recorder.run
    return replace(running, recorder=recorder)


def behind(watch: Watch, recorder: Recorder, stop: Event) -> None:
    """Record, once watch has caught up with what was there at the start: tickets first. A stalled watch is not

    waited for.
    """
    while not watch.has_caught_up:
        position = watch.position
        if stop.wait(CATCH_UP_SECONDS):
            return
        if watch.position == position:
            break
    recorder.run(stop)


def keep_house(running: Service, data: DataDirectory, now: Instant) -> None:
    """Drop what is older than the settings say: messages that nobody needs any more, and days of readings."""
    running.journal.retain(now, oldest_position(data.snapshots))
    if isinstance(running.telemetry, SqliteTelemetry):
        running.telemetry.drop_days_before(now - running.settings.telemetry.age)


def receiving(ground: Ground, data: DataDirectory, former: set[str] | None, running: Service) -> Service:
    """With the way from the broker into the journal. `former`: filters of an earlier run; None = there was none."""
    settings, journal = ground.settings, running.journal
    mqtt = subscribed(settings.mqtt, settings.sources)
    gone = (former or set()) - set(mqtt.topics)
    source = ground.stack.enter_context(
        MqttSource(mqtt, ground.clock, expects_session=former is not None, former_topics=gone)
    )
    inbox = Inbox(data, ground.clock, ground.health, partial(rules_in_journal, journal))
    asking = sparkplug.requests(settings.mqtt, settings.sources, ground.clock, ground.health)
    if asking is not None:
        ground.work["requests"] = asking.run
    ask = sparkplug.nobody_asks if asking is None else asking.ask
    receiver = Receiver(
        source=sparkplug.following(source, settings.sources, journal.controls(), settings.limits, ask),
        journal=journal,
        clock=ground.clock,
        health=ground.health,
        settings=settings.receive,
        controls=inbox.collect,
        controlled=inbox.done,
        housekeeping=partial(keep_house, running, data),
    )
    ground.work["receiver"] = receiver.run
    return replace(running, source=source, receiver=receiver)


def subscribed(mqtt: MqttSettings, sources: Sources) -> MqttSettings:
    """The broker settings with the filters that the sources need."""
    return replace(mqtt, topics=mqtt.topics or sources.subscriptions())


def listening(ground: Ground, data: DataDirectory, running: Service) -> Service:
    """With the parts of other processes, as far as they tell."""
    ingest, detect, clockwork = (Neighbour(role, data.path) for role in (Role.INGEST, Role.DETECT, Role.SCHEDULER))
    ground.work["hearsay"] = Hearsay(ground.health, ingest, detect, clockwork).run
    return replace(
        running,
        source=SourceElsewhere(ingest),
        recorder=RecorderElsewhere(ingest),
        watch=WatchElsewhere(detect, running.journal),
    )
