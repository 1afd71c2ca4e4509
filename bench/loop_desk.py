"""From telemetry to tickets in `bench.loop`: the product's engine, rules and desk, shown each day as it ends."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from bench.loop_records import Slot
from bench.loop_world import World
from detectors.rules import read_rules
from domain.batch import Batch, DeviceEvent
from domain.instants import DAY, HOUR, Instant
from domain.registry import Facts, Installation, registry_entry
from ticketing import people
from ticketing.desk import ServiceDesk
from truckroll.backtest.columns import Recording, batches
from truckroll.backtest.run import Stage

BEGIN: Instant = 20_454 * DAY
"""The year's first midnight, a Thursday."""
TICK = 6 * HOUR
FAILED, WORN = "failed", "worn"
RULE_FAILED = """
[[rule]]
id = "{part}-failed"
kind = "count"
key = ["asset"]
event = "{part}_failed"
count = 1
within = "1h"
resolve = {{ event = "{part}_ok" }}
severity = "S1"
failure_mode = "{part}-failed"
max_tickets = "100/h"
"""
RULE_WORN = """
[[rule]]
id = "{part}-worn"
kind = "threshold"
key = ["asset"]
metric = "{signal}"
above = {watch}
clear_below = {clear}
for = "12h"
off = "12h"
gap = "7h"
severity = "S3"
failure_mode = "{part}-worn"
max_tickets = "100/h"
"""


class Word(NamedTuple):
    """What a machine says: a reading of a part's signal, or what happened to a part."""

    machine: int
    at: Instant
    part: int
    value: float | None = None
    event: str = ""


def rules_of(world: World, *, watches_wear: bool) -> str:
    """A rule for each part's failure, and one for each signal that shows wear where somebody acts on it."""
    said = [RULE_FAILED.format(part=part.id) for part in world.parts]
    for part in world.parts:
        if part.signal and watches_wear:
            clear = round((part.begins + part.watch) / 2.0, 3)
            said.append(RULE_WORN.format(part=part.id, signal=part.signal, watch=part.watch, clear=clear))
    return "\n".join(said)


class TicketDesk:
    """Engine, desk and a ledger that is thrown away. Enter it, show it each day, ask for the open tickets."""

    def __init__(self, world: World, *, watches_wear: bool) -> None:
        self.world = world
        self.numbers = {name: number for number, name in enumerate(world.names)}
        self.part_of = {part.id: number for number, part in enumerate(world.parts)}
        installed = [Installation(0, Facts(device=name, asset=name, model="station")) for name in world.names]
        rules = read_rules(rules_of(world, watches_wear=watches_wear), "loop").rules
        self.stage = Stage(rules, [("registry", registry_entry(installed))], ServiceDesk())
        self.said: list[Word] = []
        self.days = batches(self.recordings(), tick=TICK)
        self.findings = 0

    def __enter__(self) -> "TicketDesk":
        self.stage.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.stage.__exit__()

    def hear(self, said: Sequence[Word]) -> None:
        """What all machines said in a day reaches the engine, and what it concludes the desk."""
        self.said = sorted(said, key=lambda word: (word.at, word.machine))
        if self.said:
            self.findings += len(self.stage.show(next_of(self.days)))

    def recordings(self) -> Iterator[Recording]:
        """A day after the other, as columns."""
        while True:
            yield recording(self.world, self.said)

    def open(self) -> dict[str, set[Slot]]:
        """Machine and part of open tickets, by what is the matter."""
        found: dict[str, set[Slot]] = {FAILED: set(), WORN: set()}
        for ticket in self.stage.ledger.tickets(open_only=True):
            part, matter = ticket.failure_mode.rsplit("-", 1)
            found[matter].add((self.numbers[ticket.asset], self.part_of[part]))
        return found

    def close(self, done: Iterable[Slot], at: Instant) -> None:
        """The technicians' word: these parts were replaced, so their tickets end."""
        slots = set(done)
        with self.stage.ledger.begin() as transaction:
            for ticket in self.stage.ledger.tickets(open_only=True):
                part = ticket.failure_mode.rsplit("-", 1)[0]
                if (self.numbers[ticket.asset], self.part_of[part]) in slots:
                    transaction.record(people.close(ticket, by="crew", now=at, revision=ticket.revision))

    @property
    def tickets(self) -> int:
        """How many there have been."""
        return len(self.stage.ledger.tickets())


def next_of(days: Iterator[tuple[float, Batch]]) -> Batch:
    """A day's batch: it is small enough to be one."""
    return next(days)[1]


def recording(world: World, said: Sequence[Word]) -> Recording:
    """What was said as columns."""
    readings = [word for word in said if word.value is not None]
    signals = [part.signal for part in world.parts]
    return Recording(
        devices=world.names,
        metrics=tuple(signals),
        device=np.array([word.machine for word in readings], np.int64),
        metric=np.array([word.part for word in readings], np.int64),
        at=np.array([word.at for word in readings], np.int64),
        value=np.array([word.value for word in readings], np.float64),
        events=[event_of(world, word) for word in said if word.event],
    )


def event_of(world: World, word: Word) -> DeviceEvent:
    """What happened to a part."""
    return DeviceEvent(
        item=0,
        device=world.names[word.machine],
        event=f"{world.parts[word.part].id}_{word.event}",
        code="",
        details={},
        at=word.at,
        received_at=word.at,
        position=0,
        boot=0,
        seq=word.at,
        digest=word.part,
    )
