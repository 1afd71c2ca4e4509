"""Pointed at the servers that a plant already runs, it does what it does by itself; when they go, nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import urllib3

from adapters.data_directory import DataDirectory
from adapters.embedded_broker import LOOPBACK, free_port
from adapters.ledger_sql import SqlLedger
from adapters.system_clock import SystemClock
from domain.batch import DeviceEvent
from domain.errors import TruckrollError
from domain.instants import DAY
from domain.ticket import Ticket, TicketState
from firmware_sim.mqtt_out import Broker as Target
from firmware_sim.mqtt_out import Published, publish
from firmware_sim.scenario import Scenario
from tests import postgres
from tests.brokers import Broker, broker, until
from tests.brokers import publish as send
from tests.influxd import Influxd, influxd
from tests.roles import RoleProcess
from tests.services import ServiceProcess
from truckroll.demo import register_fleet
from truckroll.roles import Role
from truckroll.settings import load
from truckroll.status import status
from truckroll.stores import Telemetry, telemetry_in
from truckroll.wiring import service

__all__ = ["broker"]

SEEDS = (1, 2, 3, 4, 5)
DEVICES = 40
SECONDS = 19
SAMPLED = 12
PATIENCE = 120
CRASHING = 60
ANY_MODEL = """
[[rule]]
id = "crash-loop"
name = "Keeps crashing"
kind = "consecutive"
event = "crash"
count = 3
severity = "S2"
failure_mode = "crash-loop"
class = "tv-crash"
"""

# -- the same tickets, whatever keeps them


class Run:
    """One seed's fleet and broker, and two services that hear it: one by itself, one with a plant's servers."""

    def __init__(self, home: Path, seed: int, broker: Broker, servers: str) -> None:
        self.fleet = Scenario.demo(devices=DEVICES, seconds=SECONDS, seed=seed)
        self.broker = broker
        self.report = Published()
        self.embedded = ServiceProcess(home / "embedded", broker.port, mqtt='client_id = "embedded"')
        self.outside = ServiceProcess(home / "outside", broker.port, mqtt='client_id = "outside"', extra=servers)
        for one in (self.embedded, self.outside):
            register_fleet(load(one.config), self.fleet)
        self.outside.start()

    async def play(self) -> None:
        """Publish the fleet to both, and wait until both have done everything."""
        async with service(load(self.embedded.config)) as embedded:
            await holds(lambda: embedded.source.is_connected and self.outside.is_connected())
            await publish(self.fleet, Target(port=self.broker.port), clock=SystemClock(), published=self.report)
            await holds(lambda: is_over(status(embedded), self.report) and is_over(self.outside.status(), self.report))
        assert 0 == await asyncio.to_thread(self.outside.stop)

    def end(self) -> None:
        """Leave no process behind."""
        if self.outside.process is not None and self.outside.process.poll() is None:
            self.outside.kill()


def is_over(said: dict[str, Any], report: Published) -> bool:
    """Everything that was published has been watched and stored."""
    if said.get("received_messages", 0) < report.counts.kept:
        return False
    return said["lag_watch"] <= 0 and said["lag_recorder"] <= 0


async def holds(condition: Callable[[], object]) -> None:
    """Wait for a condition that becomes true by itself."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """An InfluxDB."""
    with influxd(tmp_path_factory.mktemp("influx") / "influxd") as server:
        yield server


def servers(folder: Path, influx: Influxd) -> str:
    """The configuration of a plant's servers, with a database of its own on each."""
    secret = folder / "ledger-url"
    secret.write_text(postgres.server().new_database() + "\n")
    database = influx.new_database()
    return (
        f'[ledger]\nurl_file = "{secret}"\n'
        f'[influx]\nflavour = "v1"\nurl = "{influx.url}"\ndatabase = "{database}"\nlinger_seconds = 0.2\n'
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, metrics: Influxd) -> Iterator[dict[int, Run]]:
    """Every seed, played; one publishing serves both set-ups."""
    with ExitStack() as stack:
        found = {}
        for seed in SEEDS:
            home = tmp_path_factory.mktemp(f"seed{seed}")
            broker = stack.enter_context(Broker(home / "mosquitto"))
            found[seed] = Run(home, seed, broker, servers(home, metrics))
            stack.callback(found[seed].end)
        asyncio.run(played(list(found.values())))
        yield found


async def played(runs: Sequence[Run]) -> None:
    """Two at once: where a clock cannot be believed crashes are dated by arrival, which a crowded machine blurs."""
    turns = asyncio.Semaphore(2)

    async def play(run: Run) -> None:
        async with turns:
            await run.play()

    await asyncio.gather(*map(play, runs))


@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_plants_servers_it_opens_the_same_tickets(runs: dict[int, Run], seed: int) -> None:
    """As by itself, and as the simulator's truth has it."""
    run = runs[seed]
    embedded, outside = (settled(one) for one in (run.embedded, run.outside))

    assert Counter(list(run.fleet.truth().expected)) == Counter(key_of(t) for t in embedded)
    assert Counter(map(told, embedded)) == Counter(map(told, outside))
    assert {"file", "server"} == {"file" if ledger_of(s).is_file else "server" for s in (run.embedded, run.outside)}


@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_plants_servers_it_keeps_the_same_readings(runs: dict[int, Run], seed: int) -> None:
    """Of every device whose clock can be believed: others are dated by arrival, which no two services share."""
    run = runs[seed]
    sample = [device.name for device in run.fleet.devices if device.is_believed][:SAMPLED]
    embedded, outside = (stored(one, sample, run.report.started) for one in (run.embedded, run.outside))

    assert embedded == outside
    assert all(readings for readings, _ in embedded.values())


def settled(one: ServiceProcess) -> list[Ticket]:
    """Its tickets but those that the desk took back."""
    with ledger_of(one) as ledger:
        return [t for t in ledger.tickets() if (t.state, t.reason) != (TicketState.CANCELLED, "withdrawn")]


def ledger_of(one: ServiceProcess) -> SqlLedger:
    """The ledger of its configuration."""
    return SqlLedger(load(one.config).ledger.url or one.data / "ledger.db")


def key_of(ticket: Ticket) -> tuple[str, str, str]:
    """What it is about."""
    return ticket.asset, ticket.component, ticket.failure_mode


def told(ticket: Ticket) -> tuple[Any, ...]:
    """What it says, apart from number and time."""
    rest = (ticket.state, ticket.severity, ticket.priority, ticket.ticket_class, ticket.title["en"])
    return (*key_of(ticket), *rest, ticket.evidence_count, len(ticket.findings))


Kept = tuple[list[str], list[DeviceEvent]]


def stored(one: ServiceProcess, devices: Sequence[str], around: int) -> dict[str, Kept]:
    """What its telemetry store has of some devices."""
    with telemetry_in(load(one.config), DataDirectory(one.data, read_only=True)) as store:
        return {device: kept(store, device, around) for device in devices}


def kept(store: Telemetry, device: str, around: int) -> Kept:
    """Readings, in which no number equals no number, and events without what differs from journal to journal."""
    interval = (around - DAY, around + DAY)
    readings, events = store.readings(device, *interval), store.events(device, *interval)
    return [repr(reading) for reading in readings], [e._replace(position=0, received_at=0) for e in events]


# -- processes by role, and a ledger that goes away


@pytest.fixture
def fragile() -> Iterator[postgres.Postgres]:
    """A PostgreSQL that may be stopped."""
    server = postgres.Postgres()
    server.start()
    yield server
    server.remove()


def crashes(devices: range, seq: int) -> list[tuple[str, bytes]]:
    """A crash of each."""
    return [(f"devices/tv-{n}/events", b'{"boot":1,"seq":%d,"event":"crash"}' % seq) for n in devices]


def test_a_ledger_that_goes_away_costs_no_message_and_no_ticket(
    tmp_path: Path, broker: Broker, fragile: postgres.Postgres
) -> None:
    """Between the second and the third crash PostgreSQL stops, detect is stopped and started, ingest is killed:

    messages are taken all the time, and once PostgreSQL is back, each device has its one ticket.
    """
    url = fragile.new_database()
    whole = ServiceProcess(tmp_path / "service", broker.port, rules=ANY_MODEL, extra=f'[ledger]\nurl = "{url}"\n')
    with ExitStack() as stack:
        ingest, detect = (RoleProcess(whole, role) for role in (Role.INGEST, Role.DETECT))
        for process in (ingest, detect):
            stack.callback(lambda process=process: process.process.poll() is None and process.kill())
        ingest.start()
        ingest.ready()
        detect.start()
        until(detect.is_up, PATIENCE)
        for seq in (1, 2):
            send(broker.port, crashes(range(CRASHING), seq))
        until(lambda: detect.status().get("watched_messages") == 2 * CRASHING, PATIENCE)

        fragile.stop()
        send(broker.port, crashes(range(0, CRASHING, 2), 3))
        until(lambda: "cannot be used just now" in detect.troubles().get("ledger", ""), PATIENCE)
        assert 0 == detect.stop()
        detect.start()
        until(lambda: detect.is_up() and "ledger" in detect.troubles(), PATIENCE)
        ingest.kill()
        ingest.start()
        ingest.ready()
        send(broker.port, crashes(range(1, CRASHING, 2), 3))
        fragile.start()
        until(
            lambda: detect.status().get("position_watch", 0) >= 3 * CRASHING and not detect.status()["lag_watch"],
            PATIENCE,
        )

        assert {} == detect.troubles()
        with SqlLedger(url) as ledger:
            tickets = ledger.tickets()
        assert {f"tv-{n}": 3 for n in range(CRASHING)} == {t.asset: t.evidence_count for t in tickets}
        assert CRASHING == len(tickets)
        assert (0, 0) == (ingest.stop(), detect.stop())


def test_the_api_role_speaks_for_the_others(tmp_path: Path, broker: Broker) -> None:
    """It answers from the ledger and knows how the others are; red soon after one of them dies, and green again."""
    port = free_port()
    extra = f'[ledger]\nurl = "{postgres.server().new_database()}"\n[backup]\nfolder = "backups"\n'
    whole = ServiceProcess(tmp_path / "service", broker.port, rules=ANY_MODEL, extra=extra, api=f"port = {port}")
    pool = urllib3.PoolManager(retries=False, timeout=10)
    with ExitStack() as stack:
        processes = {role: RoleProcess(whole, role) for role in Role if role is not Role.ALL}
        detect = processes[Role.DETECT]
        stack.callback(pool.clear)
        for process in processes.values():
            process.start()
            stack.callback(lambda process=process: process.process.poll() is None and process.kill())
            until(process.is_up, PATIENCE)
        address = f"http://{LOOPBACK}:{port}"
        until(lambda: pool.request("GET", f"{address}/readyz").status == 200, PATIENCE)
        words = (whole.home / "log").read_text().split("shown this once: ")[1].split()[0]
        as_us = {"Authorization": f"Bearer {words}"}
        for seq in (1, 2, 3):
            send(broker.port, crashes(range(3), seq))
        until(lambda: detect.status().get("tickets") == 3, PATIENCE)
        tickets = pool.request("GET", f"{address}/api/v1/tickets", headers=as_us).json()["items"]
        journal = pool.request("GET", f"{address}/api/v1/journal", headers=as_us).json()

        assert {"tv-0", "tv-1", "tv-2"} == {ticket["asset"] for ticket in tickets}
        assert journal["connected"]
        metrics = f"{address}/metrics"
        until(lambda: b"tickets_opened_total 3.0" in pool.request("GET", metrics, headers=as_us).data, PATIENCE)

        detect.kill()
        until(lambda: pool.request("GET", f"{address}/readyz").status == 503, PATIENCE)
        troubles = pool.request("GET", f"{address}/api/v1/journal", headers=as_us).json()["troubles"]
        assert "start `truckroll serve --role detect`" in troubles["detect"]
        detect.start()
        until(lambda: pool.request("GET", f"{address}/readyz").status == 200, PATIENCE)
        until(lambda: len(list((whole.home / "backups").glob("truckroll-*/manifest.json"))) == 1, PATIENCE)
        assert [0, 0, 0, 0] == [process.stop() for process in processes.values()]


def test_a_role_that_cannot_work_says_what_to_do(tmp_path: Path, broker: Broker) -> None:
    """With a ledger in a file; before there is a journal; and a second time."""
    alone = ServiceProcess(tmp_path / "alone", broker.port)
    ledger = f'[ledger]\nurl = "{postgres.server().new_database()}"\n'
    whole = ServiceProcess(tmp_path / "service", broker.port, rules=ANY_MODEL, extra=ledger)

    assert "needs a ledger in PostgreSQL; set url_file in [ledger]" in refusal(alone, Role.DETECT)
    assert "start that one first" in refusal(whole, Role.API)
    for first, second in ((Role.INGEST, Role.INGEST), (Role.DETECT, Role.DETECT), (Role.DETECT, Role.ALL)):
        assert "Another Truckroll uses" in asyncio.run(refused_beside(whole, first, second))


def refusal(whole: ServiceProcess, role: Role) -> str:
    """The sentence with which a role does not start."""

    async def begin() -> None:
        async with service(load(whole.config), role=role):
            pass

    with pytest.raises(TruckrollError) as sentence:
        asyncio.run(begin())
    return str(sentence.value)


async def refused_beside(whole: ServiceProcess, first: Role, second: Role) -> str:
    """The sentence with which a role does not start while another one runs."""
    async with service(load(whole.config), role=first):
        return await asyncio.to_thread(refusal, whole, second)


pytestmark = pytest.mark.slow
