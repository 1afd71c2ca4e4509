"""Planting: faults with known truth laid over recorded traffic, which stays as it is everywhere else."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from random import Random
from typing import Any

from domain.entries import Entry, Kind
from domain.errors import WrongFormat
from domain.instants import SECOND, Duration, Instant
from domain.registry import Registry
from firmware_sim.conditions import Condition, Shape
from firmware_sim.gauges import troubled
from firmware_sim.planting_file import READINGS, Planted, PlantingPlan
from firmware_sim.publication import Key
from firmware_sim.truth import Expected, NearMiss, Truth

MS = SECOND // 1000
SHAPES = {
    "wear": Shape.DRIFT,
    "shift": Shape.SHIFT,
    "stuck": Shape.STUCK,
    "noise": Shape.NOISY,
    "missing": Shape.MISSING,
}
OF_ROWS = frozenset({"crash", "boot_ok"})
"""What the device itself told of crashes and health during a planted loop is left out."""
LOUD = frozenset({"duplicates", "delay"})


class Planter:
    """Plants a plan's faults on entries as they pass; afterwards it knows the truth."""

    def __init__(self, plan: PlantingPlan) -> None:
        self.plan = plan
        self.chance = Random(f"{plan.seed}/planting")
        pattern = re.escape(plan.topic).replace(r"\{device\}", "([^/]+)").replace(r"\#", ".*").replace(r"\+", "[^/]+")
        self.topic = re.compile(pattern)
        self.by_device: dict[str, list[Planted]] = {}
        for fault in plan.faults:
            for device in fault.devices:
                self.by_device.setdefault(device, []).append(fault)
        self.registry = Registry()
        self.devices: set[str] = set()
        self.start: Instant | None = None
        self.end: Instant = 0
        self.touched: Counter[tuple[int, str]] = Counter()
        self.held: dict[tuple[str, int], dict[str, float]] = {}
        self.under_way: list[tuple[Instant, int, Entry]] = []
        self.numbers = 0

    def plant(self, recorded: Iterable[Entry]) -> Iterator[Entry]:
        """The traffic with the faults in it, in order of arrival. Ticks are left out: who plays it makes his own.

        Raises WrongFormat after the last entry where a fault found nothing to be planted on.
        """
        for entry in recorded:
            if entry.kind is Kind.TICK:
                continue
            if entry.kind is Kind.CONTROL and entry.topic == "registry":
                self.registry.apply(entry.payload)
            if entry.kind is Kind.MESSAGE:
                self.begin(entry.received_at)
            for planted in self.changed(entry) if entry.kind is Kind.MESSAGE else [entry]:
                self.on_its_way(planted)
            yield from self.arrived(entry.received_at)
        yield from self.arrived(None)
        self.check()

    def begin(self, at: Instant) -> None:
        """At the first message everything that is not about messages is laid out."""
        self.end = max(self.end, at)
        if self.start is not None:
            return
        self.start = at
        for fault in self.plan.faults:
            if fault.kind == "crash-loop":
                for device in fault.devices:
                    self.loop(fault, device)

    def loop(self, fault: Planted, device: str) -> None:
        """Crash after crash, as a device without numbers tells it."""
        for nth in range(fault.crashes):
            at = self.begins(fault) + nth * fault.spacing
            said = {"ts": at // MS, "event": "crash", "code": "0xDEAD"}
            topic = self.plan.topic.replace("{device}", device).replace("#", "events")
            self.on_its_way(Entry(Kind.MESSAGE, at, topic, json.dumps(said).encode()))

    def begins(self, fault: Planted) -> Instant:
        """When the fault does."""
        return (self.start or 0) + fault.at

    def on_its_way(self, entry: Entry) -> None:
        """It arrives at its time."""
        self.numbers += 1
        heappush(self.under_way, (entry.received_at, self.numbers, entry))

    def arrived(self, until: Instant | None) -> Iterator[Entry]:
        """What has arrived by then; everything for None, but nothing after the recording's end."""
        while self.under_way and (until is None or self.under_way[0][0] <= until):
            at, _, entry = heappop(self.under_way)
            if at <= self.end or entry.kind is not Kind.MESSAGE:
                yield entry

    # -- one message

    def changed(self, entry: Entry) -> list[Entry]:
        """What becomes of a recorded message: itself, another, several or nothing."""
        found = self.topic.fullmatch(entry.topic)
        device = found[1] if found else ""
        self.devices |= {device} - {""}
        entries = [entry]
        for number, fault in enumerate(self.by_device.get(device, ())):
            entries = [after for one in entries for after in self.befallen(one, fault, device, number)]
        return entries

    def befallen(self, entry: Entry, fault: Planted, device: str, number: int) -> list[Entry]:
        """What one fault makes of a message of its device."""
        since = entry.received_at - self.begins(fault)
        if since < 0 or (since >= fault.length and fault.kind not in ("wear", "silent-death", "crash-loop")):
            if fault.kind == "stuck" and since < 0:
                self.measured(entry, fault, device, number, since)
            return [entry]
        place = (self.plan.faults.index(fault), device)
        if fault.kind in ("silence", "silent-death"):
            self.touched[place] += 1
            return []
        if fault.kind == "crash-loop":
            self.touched[place] += 1
            return [] if since <= fault.length and tells_of_rows(entry.payload) else [entry]
        if fault.kind in LOUD:
            return self.troubled_way(entry, fault, place)
        after = self.measured(entry, fault, device, number, since)
        self.touched[place] += int(after is not None)
        return [entry if after is None else after]

    def troubled_way(self, entry: Entry, fault: Planted, place: tuple[int, str]) -> list[Entry]:
        """The message twice, or late."""
        if self.chance.random() >= fault.share:
            return [entry]
        self.touched[place] += 1
        late = entry._replace(received_at=entry.received_at + self.chance.randrange(1, max(2, fault.spacing)))
        return [late] if fault.kind == "delay" else [entry, late]

    def measured(self, entry: Entry, fault: Planted, device: str, number: int, since: Duration) -> Entry | None:
        """The message with the metric as the fault shows it; None where it carries no such number."""
        try:
            written = json.loads(entry.payload)
        except ValueError:
            return None
        held = self.held.setdefault((device, number), {})
        condition = Condition(SHAPES[fault.kind], 0, fault.length, fault.metric, fault.by)
        places = [
            found
            for item in (written if isinstance(written, list) else [written])
            for found in numbers_in(item, fault.metric)
        ]
        for place, name in places:
            self.show(place, name, condition, since, held)
        return entry._replace(payload=json.dumps(written, ensure_ascii=False).encode()) if places else None

    def show(
        self, place: dict[str, Any], name: str, condition: Condition, since: Duration, held: dict[str, float]
    ) -> None:
        """Write the number that is shown, or take it out."""
        value = troubled(condition, float(place[name]), since, self.chance.gauss(0, 1), held)
        if value is None:
            del place[name]
            return
        held[condition.metric] = value
        if condition.shape is Shape.STUCK or value != place[name]:
            place[name] = round(value, 6)

    # -- afterwards

    def check(self) -> None:
        """Nothing, or WrongFormat with each fault that could not be planted."""
        missed = [
            f"{fault.kind} on {device}: the traffic has nothing of it from then on"
            + (f" that measures {fault.metric}." if fault.kind in READINGS else ".")
            for nth, fault in enumerate(self.plan.faults)
            for device in fault.devices
            if not self.touched[nth, device]
        ]
        if missed:
            raise WrongFormat(missed)

    def truth(self) -> Truth:
        """What the planted faults deserve; about the recorded ones nothing is known."""
        due = sorted(self.expected(), key=lambda e: e.decided_at)
        expected = {e.key: e for e in reversed(due)}
        return Truth(
            devices=len(self.devices),
            duration=self.end - (self.start or 0),
            expected={e.key: e for e in due if expected[e.key] is e},
            near_misses=tuple(
                NearMiss(key=self.key(f, device, f.kind), device=device, kind=f.kind, at=self.begins(f))
                for f in self.plan.faults
                for device in f.devices
                if f.deserves == "none" and f.kind not in LOUD
            ),
        )

    def expected(self) -> Iterator[Expected]:
        """A ticket for each fault and device that deserves one."""
        for fault in self.plan.faults:
            begins = self.begins(fault)
            faults = [begins + n * fault.spacing for n in range(fault.decided_by)]
            faults = faults if fault.kind == "crash-loop" else [begins]
            for device in fault.devices if fault.deserves != "none" else ():
                yield Expected(
                    key=self.key(fault, device, fault.deserves),
                    device=device,
                    decided_at=faults[-1],
                    faults=tuple(faults),
                    found_within=fault.found_within,
                    kind=fault.kind,
                )

    def key(self, fault: Planted, device: str, failure_mode: str) -> Key:
        """What the ticket is about."""
        facts = self.registry.facts(device, self.begins(fault))
        return facts.asset, facts.component, failure_mode


def tells_of_rows(payload: bytes) -> bool:
    """The message tells of a crash or of a healthy boot."""
    try:
        written = json.loads(payload)
    except ValueError:
        return False
    items = written if isinstance(written, list) else [written]
    return any(isinstance(item, dict) and item.get("event") in OF_ROWS for item in items)


def numbers_in(item: Any, metric: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Where a number of this name stands in an object: under `values`, at the top, or along a dotted path."""
    if not isinstance(item, dict):
        return
    inner = item.get("values")
    place: Any = inner if isinstance(inner, dict) else item
    name = metric
    while isinstance(place, dict) and name not in place and "." in name:
        step, name = name.split(".", 1)
        place = place.get(step)
    if isinstance(place, dict) and is_number(place.get(name)):
        yield place, name


def is_number(value: Any) -> bool:
    """True and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
