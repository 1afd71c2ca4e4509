"""The demo: a broker, the service and a simulated fleet over real MQTT, judged against the simulator's truth."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters import ledger_sla
from adapters.data_directory import DataDirectory
from adapters.embedded_broker import EmbeddedBroker, embedded_broker
from adapters.journal_sqlite import SqliteJournal
from adapters.system_clock import SystemClock
from domain.entries import Entry, Kind
from domain.instants import SECOND, Instant
from domain.registry import Registry
from domain.ticket import Ticket, TicketState
from firmware_sim.mqtt_out import Broker, Published, publish
from firmware_sim.scenario import Scenario
from firmware_sim.score import score
from ingest.inventory import plan_import
from truckroll.demo_crew import Crew, demo_rules, hire
from truckroll.demo_seen import Glance, Outcome
from truckroll.demo_supplies import equip
from truckroll.demo_tomorrow import planned
from truckroll.demo_upkeep import Kept, Upkeep
from truckroll.desk_files import load_classes
from truckroll.settings import General, Settings
from truckroll.stores import ledger_of
from truckroll.wiring import Service, service

LOOK_SECONDS = 0.2
DRAIN_SECONDS = 60.0


async def demo(
    *,
    devices: int,
    seconds: int,
    seed: int,
    look: Callable[[Glance], None],
    greet: Callable[[EmbeddedBroker], None],
    stop: asyncio.Event,
) -> Outcome:
    """Run it. `greet` hears of the broker first, `look` five times a second how it stands; `stop` ends it early."""
    fleet = Scenario.demo(devices=devices, seconds=seconds, seed=seed)
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="truckroll-demo-")))
        broker = stack.enter_context(embedded_broker(home / "broker"))
        greet(broker)
        settings = settings_for(broker, home, demo_rules(home))
        register_fleet(settings, fleet)
        with ledger_of(settings) as ledger:
            hire(ledger, settings)
            equip(ledger, settings, fleet)
        async with service(settings) as running:
            return await played(fleet, running, broker, look, stop)


def settings_for(broker: EmbeddedBroker, home: Path, rules: Path) -> Settings:
    """A configuration of its own, in a folder of its own."""
    base = Settings(home=home, general=General(rules=(str(rules),)))
    return replace(base, mqtt=replace(base.mqtt, host=broker.host, port=broker.port, version=broker.version))


def register_fleet(settings: Settings, fleet: Scenario) -> None:
    """Import the fleet's registry as `truckroll device import` does."""
    now = SystemClock().now()
    plan = plan_import(fleet.registry_csv().encode(), "fleet.csv", Registry(), now)
    with DataDirectory(settings.data) as directory, SqliteJournal(directory.path) as journal:
        journal.append([Entry(Kind.CONTROL, now, "registry", payload) for payload in plan.payloads])


async def played(
    fleet: Scenario, running: Service, broker: EmbeddedBroker, look: Callable[[Glance], None], stop: asyncio.Event
) -> Outcome:
    """Publish the fleet, look on, wait until everything published is watched, and judge."""
    await until(lambda: running.source.is_connected, "the service to connect to the broker")
    clock = running.watch.parts.clock
    begun = clock.now()
    published = Published()
    sending = asyncio.create_task(
        publish(fleet, Broker(host=broker.host, port=broker.port), clock=clock, published=published, stop=stop),
        name="fleet",
    )
    crew = Crew(running.ledger, load_classes(running.settings))
    upkeep = Upkeep.of(running, begun)
    keeping = asyncio.create_task(upkeep.keep(clock, sending), name="upkeep")
    while not sending.done():
        crew.work(clock.now())
        look(glance(running, published, begun, upkeep.kept))
        await asyncio.wait((sending,), timeout=LOOK_SECONDS)
    await sending
    await until(lambda: is_drained(running, published), "the last messages to be watched and stored")
    await keeping
    async with asyncio.timeout(DRAIN_SECONDS):
        last = glance(running, published, begun, await upkeep.settle(clock))
    look(replace(last, doing="planning tomorrow"))
    tomorrow = await asyncio.to_thread(planned, running.ledger, running.settings, clock.now())
    found = [(t.asset, t.component, t.failure_mode, t.opened_at) for t in last.tickets if not is_withdrawn(t)]
    return Outcome(
        glance=last,
        score=score(fleet.truth().published(published.decided), found),
        broker=broker.name,
        promises=broker.promises,
        tomorrow=tomorrow,
    )


def is_withdrawn(ticket: Ticket) -> bool:
    """The desk took it back before anybody touched it."""
    return ticket.state == TicketState.CANCELLED and ticket.reason == "withdrawn"


def is_drained(running: Service, published: Published) -> bool:
    """Everything that was published has been journaled, watched and stored."""
    last = running.journal.last
    return (
        running.receiver.received >= published.counts.kept
        and running.watch.position >= last
        and running.recorder.position >= last
    )


def glance(running: Service, published: Published, begun: Instant, kept: Kept) -> Glance:
    """How it stands now."""
    tickets = running.ledger.tickets()
    faults = published.decided
    delays = {
        t.number: (t.opened_at - faults[key]) / 1e6
        for t in tickets
        if (key := (t.asset, t.component, t.failure_mode)) in faults
    }
    with running.ledger.reading() as connection:
        clocks = ledger_sla.clocks_of(connection, [ticket.number for ticket in tickets])
    now = running.watch.parts.clock.now()
    return Glance(
        clocks=clocks,
        now=now,
        elapsed_seconds=(now - begun) / SECOND,
        published=published.counts.kept,
        journaled=running.receiver.received,
        stored=running.recorder.stored,
        quarantined=running.watch.quarantined,
        findings=len(running.ledger.findings()),
        tickets=tickets,
        delays_ms=delays,
        kept=kept,
        troubles={part: trouble for part, trouble in running.health.report().items() if trouble},
    )


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for a condition. Raises TimeoutError that names it."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while not holds():
                await asyncio.sleep(LOOK_SECONDS / 4)
    except TimeoutError as error:
        raise TimeoutError(f"Waited {DRAIN_SECONDS:g} s in vain for {what}.") from error
