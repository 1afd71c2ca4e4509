"""Remote remedies over a real ledger, journal and broker: sent, then confirmed by the device or failed in time."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from adapters import ledger_remedies
from adapters.journal_sqlite import SqliteJournal
from adapters.ledger_sql import SqlLedger
from adapters.sparkplug_wire import read
from domain.entries import Entry, Kind
from domain.errors import TryLater
from domain.instants import MINUTE, SECOND
from domain.registry import Facts
from domain.remedy import Rate, RemedyState
from domain.ticket import Response
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.health import Health
from ingest.limits import Limits
from tests.brokers import Broker, broker, device, until
from tests.ledgers import ENGINES
from tests.outbox import HandClock, opened
from tests.services import RULES, ServiceProcess
from tests.ticketing.promises import MONDAY
from tests.ticketing.test_remedy import CLASS, FILE, REMEDIES
from ticketing import people
from ticketing.classes import Classes
from ticketing.remedy import Refused
from truckroll.remedies import Remedies
from truckroll.remedy_deeds import Deeds

__all__ = ["broker"]


class Radio:
    """Keeps what is sent; fails when told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.troubles: list[Exception] = []

    def send(self, device: str, name: str, said: Mapping[str, Any]) -> None:
        """One command."""
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append((device, name, str(said["id"])))


class World:
    """A ledger with a ticket for each TV, a journal, and people who ask."""

    def __init__(self, ledger: SqlLedger, journal: SqliteJournal) -> None:
        self.ledger, self.journal = ledger, journal
        self.clock, self.radio = HandClock(), Radio()
        self.numbers = opened(ledger, "tv-1", "tv-2", "tv-3")
        with ledger.begin() as transaction:
            transaction.install([Facts(device=f"tv-{n}", asset=f"tv-{n}") for n in (1, 2, 3)], MONDAY)
            for number in self.numbers:
                self.classed(transaction, number)
        self.deeds = Deeds(ledger, REMEDIES, Classes({"tv": CLASS}, {}))
        self.remedies = self.started()

    def classed(self, transaction: Any, number: str) -> None:
        """The ticket is of the class that has remedies."""
        transaction.record(Response(tickets=(replace(transaction.ticket(number), ticket_class="tv"),)))

    def started(self) -> Remedies:
        """The worker, as after a start."""
        return Remedies(
            ledger=self.ledger,
            clock=self.clock,
            health=Health(),
            commands=self.radio,
            last=lambda: self.journal.last,
            feeding=lambda: Feed(self.journal, Decoder(self.journal.controls(), Limits(), read)),
        )

    def ask(self, name: str = "reboot", nth: int = 0, **words: Any) -> str:
        """A command for one of the TVs."""
        return self.deeds.ask(self.numbers[nth], name, by="lee", now=self.clock.at, **words).id

    def says(self, topic: str, **said: Any) -> None:
        """A device says something a second later."""
        self.clock.at += SECOND
        payload = {"ts": self.clock.at // 1_000_000, **said}
        self.journal.append([Entry(Kind.MESSAGE, self.clock.at, topic, json.dumps(payload).encode())])

    def state(self, name: str) -> RemedyState:
        """How far a command has got."""
        with self.ledger.reading() as connection:
            return ledger_remedies.command(connection, name).state

    def told(self) -> list[str]:
        """The lines about remedies, in order."""
        return told(self.ledger)


def told(ledger: SqlLedger) -> list[str]:
    """The lines about remedies, in order."""
    return [line.kind for line in ledger.events(0, 100) if line.kind.startswith("remedy_")]


@pytest.fixture(params=ENGINES)
def world(request, tmp_path) -> Iterator[World]:
    """On each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as ledger, SqliteJournal(tmp_path) as journal:
        yield World(ledger, journal)


def test_a_command_leaves_once_and_the_device_confirms_it(world: World) -> None:
    """What it said before, and what others say, confirms nothing."""
    world.says("devices/tv-1/events", event="boot", details={"reason": "remote"})
    name = world.ask()
    world.remedies.step()
    world.says("devices/tv-2/events", event="boot", details={"reason": "remote"})
    world.says("devices/tv-1/events", event="boot", details={"reason": "power"})
    world.remedies.step()
    assert RemedyState.SENT is world.state(name)

    world.says("devices/tv-1/events", event="boot", details={"reason": "remote"})
    world.remedies.step()
    world.remedies.step()
    assert RemedyState.CONFIRMED is world.state(name)
    assert [("tv-1", "reboot", name)] == world.radio.sent
    assert ["remedy_asked", "remedy_sent", "remedy_confirmed"] == world.told()


def test_a_device_that_says_nothing_has_failed_in_time(world: World) -> None:
    """Then another remedy may be tried."""
    name = world.ask()
    world.remedies.step()
    with pytest.raises(Refused, match="under way"):
        world.ask("dim")
    world.clock.at += 5 * MINUTE - 1
    world.remedies.step()
    assert RemedyState.SENT is world.state(name)
    world.clock.at += 1
    world.remedies.step()

    assert RemedyState.FAILED is world.state(name)
    assert ["remedy_asked", "remedy_sent", "remedy_failed"] == world.told()
    with pytest.raises(Refused, match="1 times in 6h"):
        world.ask()
    world.ask("dim")


def test_killed_between_sending_and_recording_it_is_sent_again_under_the_same_id(world: World) -> None:
    """What the device said meanwhile is not missed."""
    name = world.ask()
    (command,) = world.remedies.taken_out()
    world.radio.send("tv-1", "reboot", {"id": command.id})
    world.says("devices/tv-1/events", event="boot", details={"reason": "remote"})
    world.remedies = world.started()
    world.remedies.step()
    assert RemedyState.CONFIRMED is world.state(name)
    assert 1 == len(world.radio.sent)

    other = world.ask(nth=1)
    world.remedies.taken_out()
    world.started().step()
    assert (RemedyState.SENT, ("tv-2", "reboot", other)) == (world.state(other), world.radio.sent[-1])


def test_a_broker_that_is_away_is_waited_for_until_the_time_is_over(world: World) -> None:
    """The command keeps its id."""
    name = world.ask()
    world.radio.troubles = [TryLater("away"), TryLater("away")]
    for _ in range(2):
        with pytest.raises(TryLater):
            world.remedies.step()
    assert RemedyState.SENDING is world.state(name)
    world.remedies.step()
    assert (RemedyState.SENT, [("tv-1", "reboot", name)]) == (world.state(name), world.radio.sent)


def test_the_fleets_rate_lets_few_go_at_a_time(world: World) -> None:
    """The others wait, and fail when their time is over."""
    slow = replace(REMEDIES["reboot"], per_fleet=Rate(most=2, within=4 * MINUTE))
    world.deeds = Deeds(world.ledger, {"reboot": slow}, Classes({"tv": CLASS}, {}))
    names = []
    for nth in range(3):
        world.clock.at += SECOND
        names.append(world.ask(nth=nth))
    world.remedies.step()
    assert [True, True, False] == [world.state(name) is RemedyState.SENT for name in names]
    world.clock.at += 4 * MINUTE
    world.remedies.step()
    assert RemedyState.SENT is world.state(names[2])


def test_a_reading_confirms_and_an_undo_takes_it_back(world: World) -> None:
    """A second person approves; the undo needs nobody."""
    name = world.ask("dim")
    world.remedies.step()
    assert [] == world.radio.sent
    world.deeds.approve(name, by="kim", now=world.clock.at)
    world.remedies.step()
    world.says("devices/tv-1/telemetry", values={"brightness": 60})
    world.says("devices/tv-1/telemetry", values={"brightness": 40})
    world.remedies.step()
    back = world.deeds.undo(name, by="lee", now=world.clock.at).id
    world.remedies.step()
    world.says("devices/tv-1/telemetry", values={"brightness": 100})
    world.remedies.step()

    with world.ledger.reading() as connection:
        first = ledger_remedies.command(connection, name)
    assert ("The device said brightness = 40.", back) == (first.said, first.undone_by)
    assert ["remedy_asked", "remedy_approved", "remedy_sent", "remedy_confirmed"] == world.told()[:4]
    assert ["remedy_asked", "remedy_sent", "remedy_confirmed", "remedy_undone"] == world.told()[4:]


def test_the_same_request_again_is_the_same_command(world: World) -> None:
    """By its key."""
    assert world.ask(key="0123456789abcdef") == world.ask(key="0123456789abcdef")


def test_what_was_asked_for_long_ago_is_approved_only_where_it_is_still_allowed(world: World) -> None:
    """Not after its ticket ended, and not once the class lists it no more; it can be refused."""
    ended, unlisted = (world.ask("dim", nth=nth) for nth in (0, 1))
    with world.ledger.begin() as transaction:
        ticket = transaction.ticket(world.numbers[0])
        transaction.record(people.mark_noise(ticket, by="kim", now=world.clock.at, revision=ticket.revision))
    with pytest.raises(Refused, match="is cancelled; refuse"):
        world.deeds.approve(ended, by="kim", now=world.clock.at)
    bare = replace(world.deeds, classes=Classes({"tv": replace(CLASS, remedies_remote=())}, {}))
    with pytest.raises(Refused, match="does not list dim any more"):
        bare.approve(unlisted, by="kim", now=world.clock.at)
    world.remedies.step()

    assert [] == world.radio.sent
    assert RemedyState.REFUSED is world.deeds.refuse(ended, by="kim", now=world.clock.at).state


def test_a_key_is_good_for_one_remedy(world: World) -> None:
    """Another remedy under it is refused, and not answered with the first."""
    world.ask(key="0123456789abcdef")
    with pytest.raises(Refused, match="was used for reboot"):
        world.ask("dim", key="0123456789abcdef")


def test_over_a_real_broker_the_device_does_it_and_says_so(tmp_path: Path, broker: Broker) -> None:
    """From the crash over the command line to the device and back into the ticket's history."""
    rules = RULES.replace('where = { model = "TV-*" }\n', "")
    classes = '[[class]]\nid = "tv-crash"\nremedies_remote = ["reboot"]\n'
    service = ServiceProcess(tmp_path / "s", broker.port, rules=rules + classes, extra='[out]\nremedies = "r.toml"\n')
    (tmp_path / "s" / "r.toml").write_text(FILE)
    with device(broker.port, client_id="tv-1") as tv:
        heard: list[Any] = []

        def obey(client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
            said = json.loads(message.payload)
            if said["id"] not in heard:
                boot = {"boot": 2, "seq": 1, "event": "boot", "details": {"reason": "remote"}}
                client.publish("devices/tv-1/events", json.dumps(boot), 1)
            heard.append(said["id"])

        tv.on_message = obey
        tv.subscribe("devices/tv-1/commands/#", 1)
        service.start()
        try:
            until(service.is_connected, 60)
            for seq in range(3):
                crash = {
                    "boot": 1,
                    "seq": seq,
                    "ts": time.time_ns() // 1_000_000 - 60_000 + seq * 10_000,
                    "event": "crash",
                }
                tv.publish("devices/tv-1/events", json.dumps(crash), 1)
            with SqlLedger(service.data / "ledger.db") as ledger:
                until(ledger.tickets, 60)
                service.run("tickets", "remedy", ledger.tickets()[0].number, "reboot")
                until(lambda: told(ledger)[-1] == "remedy_confirmed", 60)
                kinds = told(ledger)
        finally:
            service.kill()

    assert 1 == len(heard)
    assert ["remedy_asked", "remedy_sent", "remedy_confirmed"] == kinds
