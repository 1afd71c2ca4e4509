"""Sparkplug at work: numbers become tickets that can be proved, and a service gets the births that it missed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.system_clock import SystemClock
from domain.entries import Entry, Kind
from domain.instants import DAY, SECOND
from ingest.sources import sources_entry, sources_from
from tests.brokers import Broker, device, until
from tests.sparkplug import journaled, sparkplug
from tests.watching import START, Watching
from ticketing.desk import ServiceDesk
from truckroll.proof import prove
from truckroll.replay import Replay, compare
from truckroll.settings import from_tables
from truckroll.wiring import service

ROW: dict[str, Any] = {
    "name": "plant",
    "codec": "sparkplug",
    "rebirth": True,
    "events": [{"field": "Crashed", "equals": True, "event": "crash"}],
}
BORN = {"seq": "0", "metrics": [{"name": "Crashed", "alias": "1", "datatype": 11, "booleanValue": False}]}
CRASHED = {"seq": "1", "metrics": [{"alias": "1", "booleanValue": True}]}


def message(kind: str, said: dict[str, Any], *, after: int = 0) -> Entry:
    """A message of the edge node."""
    return Entry(Kind.MESSAGE, START + after * SECOND, f"spBv1.0/G/{kind}/E", sparkplug(said))


def test_a_ticket_that_rests_on_numbers_is_proved_and_replayed(tmp_path: Path) -> None:
    """Also once the birth that named them, and all messages, have left the journal."""
    sources = sources_from([ROW])
    crashes = [message("NDATA", CRASHED, after=10 * n) for n in (1, 2, 3)]
    with Watching(tmp_path) as world:
        world.append([Entry(Kind.CONTROL, START, "sources", sources_entry(sources))])
        world.append(journaled([message("NBIRTH", BORN), *crashes], sources))
        world.catch_up(world.begin())
        (ticket,) = world.tickets()

        *_, replay = compare(world.journal, world.ledger, world.journal.last)
        assert isinstance(replay, Replay)
        assert (True, ["G_x2fE"]) == (replay.agrees, [finding.asset for finding in world.findings()])
        world.append([message("NDATA", CRASHED)])
        world.journal.retain(world.clock.now() + 30 * DAY, world.journal.last - 1)
        assert [True] == [proof.holds for proof in prove(world.ledger, ServiceDesk(), ticket)]


@pytest.mark.mosquitto
def test_a_service_that_missed_a_birth_asks_for_it(tmp_path: Path) -> None:
    """The number without a name waits in quarantine; what follows the rebirth is recorded."""
    asyncio.run(missed_birth(tmp_path))


async def missed_birth(home: Path) -> None:
    """The story of the service; the node says when, as two messages may arrive at one instant."""
    now = SystemClock().now() // (SECOND // 1_000)
    born = sparkplug(BORN | {"timestamp": str(now - 2_000)})
    crashed = sparkplug(CRASHED | {"timestamp": str(now - 1_000)})
    with Broker(home / "mosquitto") as broker:
        settings = from_tables({"mqtt": {"port": broker.port}, "source": [ROW]}, home=home, where="truckroll.toml")
        async with service(settings) as running:
            await asyncio.to_thread(until, lambda: running.source.is_connected)
            with device(broker.port) as node:
                node.on_message = lambda client, *_: [
                    client.publish("spBv1.0/G/NBIRTH/E", born),
                    client.publish("spBv1.0/G/NDATA/E", crashed),
                ]
                node.subscribe("spBv1.0/G/NCMD/E")
                node.publish("spBv1.0/G/NDATA/E", crashed)
                await asyncio.to_thread(until, lambda: running.recorder.stored >= 2)
                await asyncio.to_thread(until, lambda: running.watch.quarantined)

            readings = running.telemetry.readings("G_x2fE", 0, 2**62)
            assert [("Crashed", 0.0), ("Crashed", 1.0)] == [(reading.metric, reading.value) for reading in readings]
