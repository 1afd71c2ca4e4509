"""Fleet: many devices with something in common fail several times as often as usual, and as often as the others.

First every partition of the fleet counts: how many devices are active in each cell (model, firmware, site, region,
gateway), and which faults count. Then one place decides over all partitions' buckets. Both work by arrival, so nothing
is withdrawn; faults that arrive later than `lateness` count for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
import numpy as np

from detectors.detector import setting
from detectors.fleet_buckets import AN_HOUR, WIDTH, Bucket, Cell, partition_of
from detectors.fleet_count import Counter
from detectors.fleet_decide import Decider
from detectors.fleet_judge import Criteria, unpack
from detectors.fleet_settings import many, times
from detectors.listening import FARTHEST
from detectors.page import Page
from detectors.readers import EventMatch, count, duration, event_match, gateway, positive
from detectors.roster import Roster
from domain.batch import RETAINED, Batch, DeviceEvent, Ints
from domain.entries import Position
from domain.errors import Unknown
from domain.finding import Finding
from domain.instants import DAY, HOUR, MINUTE, Duration, Instant
from domain.ports import Arrays

BUCKETS = msgspec.msgpack.Decoder(list[Bucket])
BACK: Duration = HOUR
"""When our own clock falls back by more, time is taken up again from there."""


@dataclass
class Fleet:
    """The rate of an event in a scope is `ratio` times what is usual for it, and for the rest of the fleet."""

    event: EventMatch = setting(event_match)
    """What counts as a fault, such as "crash" or { event = "crash", code = ["0xDEAD"] }."""
    ratio: float = setting(times, default=3.0)
    """Against what is usual for the scope, and against the rest of the fleet."""
    season: float = setting(times, default=10.0)
    """A whole model may fail so many times as often as usual and as others before it is more than a season."""
    devices: int = setting(count, default=5)
    """So many different devices at least: one that crashes all the time is no fleet."""
    count: int = setting(count, default=8)
    """So many faults at least."""
    min_gap: Duration = setting(duration, default=DAY)
    """A device counts once in so long; what it does again may make it a member, and is no measure of a rate."""
    patience: int = setting(many, default=100_000)
    """While nothing is wrong, so many faults of the fleet pass on average before something is found by chance."""
    warm_up: Duration = setting(duration, default=3 * DAY)
    """So long it only learns what is usual."""
    quiet_for: Duration = setting(positive, default=6 * HOUR)
    """So long at least the rate must have been low again before the incident ends."""
    """So long the rate must have been low again before the finding ends."""
    clear: float = setting(times, default=1.5)
    """It is over when the rate was below so many times the usual one for `quiet_for`, or longer where few faults are

    to be expected: until it can be ruled out that it goes on.
    """
    lateness: Duration = setting(duration, default=10 * MINUTE)
    """A fault that arrives so long after it happened counts for nothing."""
    """A bucket of time is decided so long after its end; faults that come later are counted only."""
    parent: str = setting(gateway, default="")
    """Devices behind one gateway are a scope of their own."""

    partitions: ClassVar[int] = 1
    """Into how many the devices are shared out in this process; what is found does not depend on it."""
    page: ClassVar[Page] = Page(
        finds="A release, a site, a region or a gateway whose devices fail at least three times as often as usual and "
        "as the rest of the fleet, such as TVs of one model that crash since firmware 2.4.1. It is one finding with "
        "all its devices as members, and it names the suspect release.",
        wrong_when="For a single device use `consecutive` or `count`; for fewer than some 20 devices of a kind there "
        "is nothing to compare; a fleet on one release in one place has no rest to be compared with; a rise of the "
        "whole fleet at once is taken for a season.",
        source="Conditional test of Poisson rates (Przyborowski and Wilenski 1940), cumulative sums (Page 1954) as an "
        "e-detector (Shin, Ramdas and Rinaldo 2023), e-BH over the scopes (Wang and Ramdas 2022), likelihood over "
        "scopes as in the scan statistic (Kulldorff 1997), rates shrunk by empirical Bayes (Clayton and Kaldor 1987).",
    )

    def __post_init__(self) -> None:
        if self.clear >= self.ratio:
            raise ValueError(f"clear must be less than ratio, which is {self.ratio:g}")
        self.counters = [Counter(number) for number in range(self.partitions)]
        self.decider = Decider(
            Criteria(self.ratio, self.season, self.count, self.devices),
            patience=self.patience,
            warm_up=self.warm_up,
            quiet_for=self.quiet_for,
            clear=self.clear,
        )
        self.roster: Roster | None = None
        self.last: Instant | None = None
        """When the latest entry came."""
        self.number = 0
        """The open bucket."""
        self.late = 0
        self.partition_of_device: dict[str, int] = {}

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {
            "event": "crash",
            "ratio": 1.2,
            "season": 1.2,
            "clear": 1.1,
            "count": 2,
            "devices": 1,
            "min_gap": "1s",
            "patience": 1,
            "warm_up": "0s",
            "quiet_for": "2h",
            "lateness": "2h",
            "parent": "gateway",
        }

    # -- the detector's interface

    def meet(self, roster: Roster) -> None:
        """Whom to ask for models, sites and gateways."""
        self.roster = roster

    def wants(self) -> Mapping[str, Any]:
        """Its event, and every item: who is heard is active."""
        return {"events": frozenset({self.event.event}), "readings": frozenset(), "any_item": True, "follows": True}

    def observe(self, batch: Batch) -> list[Finding]:
        """What the buckets that end in the batch lead to."""
        if not len(batch.position):
            return []
        arrived = np.clip(batch.received_at, -FARTHEST, FARTHEST)
        before = int(arrived[0]) if self.last is None else self.last
        breaks = np.flatnonzero(np.diff(arrived, prepend=before) < -BACK)
        ends = [*breaks.tolist(), len(arrived)]
        found: list[Finding] = []
        begin = 0
        for end in ends:
            if end > begin:
                found += self.stretch(batch, np.arange(begin, end), arrived[begin:end])
            if end < len(arrived):
                found += self.set_back(batch, end, int(arrived[end]))
            begin = end
        return found

    def tick(self, at: Instant, position: Position) -> list[Finding]:
        """What the buckets that end by now lead to."""
        now = max(-FARTHEST, min(at, FARTHEST))
        number = now // WIDTH
        if self.last is None:
            self.number = number
        elif now - self.last >= -BACK:
            number = max(self.number, number)
        self.last = now
        return self.pass_to(number, position, at)

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """Every incident ends with its rule."""
        return self.decider.retire(position, at)

    def state(self) -> dict[str, Any]:
        """All of it."""
        parts = [counter.whole() for counter in self.counters]
        return {**{name: rows for part in parts for name, rows in part.items()}, **self.decider.whole(), **self.open()}

    def changed(self) -> dict[str, Any]:
        """Changed rows."""
        parts = [counter.changed() for counter in self.counters]
        rows = {name: rows for part in parts for name, rows in part.items()}
        return {**rows, **self.decider.changed(), **self.open()}

    def open(self) -> dict[str, Any]:
        """The open bucket of each partition, and the time."""
        buckets = [counter.peek(self.number) for counter in self.counters]
        last = [] if self.last is None else [self.last]
        return {
            "open_clock": np.array([self.number, self.late, *last], np.int64),
            "open_buckets": np.frombuffer(msgspec.msgpack.encode(buckets), np.uint8),
        }

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        for counter in self.counters:
            counter.restore(state)
        self.decider.restore(state)
        self.number, self.late, *last = state["open_clock"].tolist()
        self.last = last[0] if last else None
        for counter, bucket in zip(self.counters, BUCKETS.decode(state["open_buckets"].tobytes()), strict=True):
            counter.reopen(bucket)

    def before(self, slot: int) -> bytes:
        """Nothing: what a firing rests on is its case, which comes with it."""
        return b""

    def put(self, slot: int, before: bytes) -> None:
        """The case of a firing; the entry after it shows what follows."""
        if before:
            case = unpack(before)
            self.decider.given, self.number, self.last = case, case.number, case.number * WIDTH

    # -- time

    def stretch(self, batch: Batch, items: Ints, arrived: Ints) -> list[Finding]:
        """Items whose time of arrival does not fall back by much."""
        if self.last is None:
            self.number = int(arrived[0]) // WIDTH
        numbers = np.maximum(np.maximum.accumulate(arrived // WIDTH), self.number)
        self.last = int(arrived[-1])
        edges = np.flatnonzero(np.diff(numbers // AN_HOUR)) + 1
        found: list[Finding] = []
        for hour, of_hour in zip(np.split(items, edges), np.split(numbers, edges), strict=True):
            found += self.one_hour(batch, hour, of_hour)
        return found

    def one_hour(self, batch: Batch, items: Ints, numbers: Ints) -> list[Finding]:
        """Items that arrive in one hour, in which these buckets are open."""
        found = self.pass_items(batch, items[:1], numbers[:1])
        hits = self.hits_in(batch, items)
        looked_at = self.looked_at(batch, items, int(numbers[0]) // AN_HOUR)
        for item in sorted({*looked_at, *hits}):
            place = item - int(items[0])
            found += self.pass_items(batch, items[: place + 1], numbers[: place + 1])
            self.note(batch, item, int(numbers[place]) // AN_HOUR, hits.get(item))
        return found + self.pass_items(batch, items, numbers)

    def pass_items(self, batch: Batch, items: Ints, numbers: Ints) -> list[Finding]:
        """Time passes with items: what waits for a bucket's end is decided at the next item."""
        found: list[Finding] = []
        if self.is_waiting:
            after = int(np.searchsorted(numbers, self.number, side="right"))
            if after < len(items):
                found = self.pass_item(batch, int(items[after]), int(numbers[after]))
        if numbers[-1] > self.number:
            found += self.pass_item(batch, int(items[-1]), int(numbers[-1]))
        return found

    def pass_item(self, batch: Batch, item: int, number: int) -> list[Finding]:
        """It is this bucket with this item."""
        return self.pass_to(number, int(batch.position[item]), int(batch.received_at[item]))

    def set_back(self, batch: Batch, item: int, arrived: Instant) -> list[Finding]:
        """Our clock was wrong: time goes on from this item."""
        self.last = arrived
        return self.pass_item(batch, item, arrived // WIDTH)

    @property
    def is_waiting(self) -> bool:
        """The open bucket holds something that is decided when it ends."""
        return self.decider.given is not None or any(counter.hits for counter in self.counters)

    def pass_to(self, number: int, position: Position, at: Instant) -> list[Finding]:
        """It is this bucket now; whatever ended before it is decided."""
        hour, now = self.number // AN_HOUR, number // AN_HOUR
        if number != self.number and (self.is_waiting or now != hour):
            buckets = [counter.close(self.number) for counter in self.counters]
            self.decider.take(buckets, self.number, position)
        if now != hour:
            for counter in self.counters:
                counter.fade(now)
            self.decider.pass_hour(self.number, number)
        self.number = number
        return self.decider.tell(position, at)

    # -- items

    def hits_in(self, batch: Batch, items: Ints) -> dict[int, DeviceEvent]:
        """The first fault of each item."""
        found: dict[int, DeviceEvent] = {}
        first, last = int(items[0]), int(items[-1])
        for event in batch.events:
            is_here = first <= event.item <= last and batch.slot[event.item] >= 0 and not event.flags & RETAINED
            if is_here and self.event.matches(event):
                if event.received_at - event.at <= self.lateness:
                    found.setdefault(event.item, event)
                else:
                    self.late += 1
        return found

    def looked_at(self, batch: Batch, items: Ints, hour: int) -> set[int]:
        """Items that must be noted one by one."""
        if self.partitions == 1:
            return set(self.counters[0].looked_at(batch, items, hour, self.asked).tolist())
        owner = np.array([self.partition(device) for device in batch.devices], np.int64)[batch.device[items]]
        found: set[int] = set()
        for counter in self.counters:
            mine = items[owner == counter.partition]
            if len(mine):
                found |= set(counter.looked_at(batch, mine, hour, self.asked).tolist())
        return found

    def partition(self, device: str) -> int:
        """The partition that counts the device."""
        if self.partitions == 1:
            return 0
        return self.partition_of_device.setdefault(device, partition_of(device, self.partitions))

    @property
    def asked(self) -> Roster:
        """Who knows the devices. Raises Unknown where there is nobody."""
        if self.roster is None:
            raise Unknown("roster", "of a fleet")
        return self.roster

    def note(self, batch: Batch, item: int, hour: int, event: DeviceEvent | None) -> None:
        """One item that tells something."""
        device = batch.devices[batch.device[item]]
        counter = self.counters[self.partition(device)]
        facts = self.asked.facts(device, int(batch.item_at[item]))
        cell: Cell | None = None
        if batch.slot[item] >= 0:
            parent = facts.parent if self.parent else ""
            values = (facts.model, "", facts.site, facts.tags.get("region", ""), parent)
            model, firmware, site, region, parent = (value.replace("\n", " ") for value in values)
            cell = model, firmware, site, region, parent
        counter.note(batch, item, hour, cell, self.asked)
        if event is not None:
            counter.hit(event, facts, min_gap=self.min_gap)
