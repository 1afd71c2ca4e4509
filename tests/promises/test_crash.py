"""Through any crash: nothing that was acknowledged is lost, and each ticket is opened exactly once."""

import asyncio
import json
import random
from collections import Counter
from pathlib import Path
from threading import Event, Thread

import pytest

from adapters.system_clock import SystemClock
from domain.ticket import TicketState
from firmware_sim.mqtt_out import Broker as Target
from firmware_sim.mqtt_out import Published, publish
from firmware_sim.scenario import Scenario
from tests.brokers import Broker, broker, until
from tests.brokers import publish as send
from tests.services import ServiceProcess, crashes_wanted

__all__ = ["broker"]

RATE = 2000
Sent = tuple[str, tuple[object, ...]]
"""A message's topic and identity."""
DEVICES = 500


def test_killed_at_random_instants_it_loses_nothing_and_doubles_nothing(tmp_path: Path, broker: Broker) -> None:
    """kill -9 again and again under 2,000 messages a second: every message published is in the journal, tickets

    are those of an undisturbed run, and judging the journal again agrees.
    """
    kills = crashes_wanted(20)
    fleet = Scenario.load_test(devices=DEVICES, rate=RATE, seconds=max(30, int(kills * 1.6)), seed=11, loops=60)
    service = ServiceProcess(tmp_path / "service", broker.port)
    (tmp_path / "fleet.csv").write_text(fleet.registry_csv())
    service.run("device", "import", str(tmp_path / "fleet.csv"))
    service.start()
    service.ready()

    done, chance, report = Event(), random.Random(5), Published()
    publisher = Thread(target=play, args=(fleet, broker.port, report, done), name="fleet")
    publisher.start()
    for _ in range(kills):
        done.wait(chance.uniform(0.05, 0.9))
        service.kill()
        service.start()
        service.ready()
    publisher.join()
    published = {(p.topic, identity(p.payload)) for p in fleet.publications(start=report.started)}
    until(lambda: service.is_drained() and not missing(published, service), 60)

    assert service.stop() == 0
    assert set() == missing(published, service)
    with service.ledger() as ledger:
        tickets = [t for t in ledger.tickets() if t.state != TicketState.CANCELLED]
    assert Counter(list(fleet.truth().expected)) == Counter((t.asset, t.component, t.failure_mode) for t in tickets)
    assert crashes_by_asset(fleet) == {t.asset: t.evidence_count for t in tickets}
    replayed = service.run("replay")
    assert (replayed["missing"], replayed["extra"]) == ([], [])


def test_killed_between_the_second_and_the_third_crash_it_opens_every_ticket(tmp_path: Path, broker: Broker) -> None:
    """500 devices have crashed twice when the service dies; the third crash opens 500 tickets."""
    service = ServiceProcess(tmp_path / "service", broker.port, rules=ANY_MODEL)
    service.start()
    service.ready()
    send(broker.port, [crash(device, seq) for seq in (1, 2) for device in range(DEVICES)])
    service.kill()
    send(broker.port, [crash(device, 3) for device in range(0, DEVICES, 2)])
    service.start()
    service.ready()
    send(broker.port, [crash(device, 3) for device in range(1, DEVICES, 2)])
    until(lambda: service.is_drained() and service.status()["journal"]["last"] >= 3 * DEVICES, 60)
    service.kill()

    with service.ledger() as ledger:
        tickets = ledger.tickets()
    assert {f"tv-{device}": 3 for device in range(DEVICES)} == {t.asset: t.evidence_count for t in tickets}
    assert len(tickets) == DEVICES


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


def crash(device: int, seq: int) -> tuple[str, bytes]:
    """One crash message."""
    return f"devices/tv-{device}/events", b'{"boot":1,"seq":%d,"event":"crash"}' % seq


def play(fleet: Scenario, port: int, report: Published, done: Event) -> None:
    """Publish the fleet in a thread of its own."""
    try:
        asyncio.run(publish(fleet, Target(port=port), clock=SystemClock(), connections=8, published=report))
    finally:
        done.set()


def missing(published: set[Sent], service: ServiceProcess) -> set[Sent]:
    """What was published and is not in the journal."""
    return published - {(topic, identity(payload)) for topic, payload in service.journaled()}


def identity(payload: bytes) -> tuple[object, ...]:
    """What tells a message from every other of its device, whenever it was played."""
    said = json.loads(payload)
    first = said[0] if isinstance(said, list) else said
    return (first["boot"], first["seq"])


def crashes_by_asset(fleet: Scenario) -> dict[str, int]:
    """How many crashes each asset had that deserves a ticket, by what its devices sent."""
    assets = {device.name: device.asset for device in fleet.devices}
    deserving = {asset for asset, _, _ in fleet.truth().expected}
    seen = {(p.device, identity(p.payload)) for p in fleet.publications() if json_event(p.payload) == "crash"}
    return dict(Counter(assets[device] for device, _ in seen if assets[device] in deserving))


def json_event(payload: bytes) -> str:
    """The event a message tells, if any."""
    said = json.loads(payload)
    return str(said.get("event", "")) if isinstance(said, dict) else ""


pytestmark = pytest.mark.slow
