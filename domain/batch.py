"""A batch: what a stretch of the journal says once decoded, in columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.entries import Kind, Position
from domain.instants import Instant

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Hashes = NDArray[np.uint64]

RETAINED = 1
"""Flag of an item: the broker kept it for newcomers; it sets state and never counts as an event."""
MARKED = 2
"""Flag of an item: the device's clock was out of range, so `at` is the time of arrival."""


def none() -> Ints:
    """A column that nobody filled in."""
    return np.empty(0, np.int64)


class Reading(NamedTuple):
    """One value of one metric."""

    device: str
    metric: str
    at: Instant
    value: float
    state: str | None = None


class DeviceEvent(NamedTuple):
    """One thing that happened on a device.

    `order()` is the order of event time, ties broken by boot, seq, content and, for what is identical, arrival.
    """

    item: int
    """Row in the batch's item columns."""
    device: str
    event: str
    code: str
    details: Mapping[str, Any]
    at: Instant
    received_at: Instant
    position: Position
    boot: int
    seq: int
    digest: int
    """Hash of the item's bytes; breaks ties of event time."""
    flags: int = 0

    def order(self) -> tuple[int, int, int, int, int]:
        """The sort key of event time."""
        return (self.at, self.boot, self.seq, self.digest, self.position)


class Mark(NamedTuple):
    """An entry that is no message: a tick, a link or a control, at its place in the order."""

    position: Position
    kind: Kind
    received_at: Instant
    topic: str
    payload: bytes


class Reject(NamedTuple):
    """A message that could not be used, with its reason and original bytes."""

    position: Position
    received_at: Instant
    topic: str
    payload: bytes
    reason: str
    """One word for counting, such as `too_deep`."""
    detail: str
    """One sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A stretch of the journal, decoded; a pure function of the entries and the sources then in force.

    An item is one object of one message: one device, one time. Item columns have one row an item in journal
    order, reading columns one row a reading in item order. Names are dictionary-coded per batch.
    """

    after: Position
    """The batch holds the entries after this position …"""
    upto: Position
    """… up to and with this one."""
    devices: Sequence[str] = ()
    metrics: Sequence[str] = ()
    states: Sequence[str] = ()
    firmwares: Sequence[str] = ()

    position: Ints
    """Items: journal position, non-decreasing."""
    device: Ints
    """Items: index into `devices`."""
    item_at: Ints
    """Items: event time, ns."""
    received_at: Ints
    """Items: arrival, ns."""
    identity: Hashes
    """Items: equal for duplicates of one device; 0 = never a duplicate."""
    firmware: Ints
    """Items: index into `firmwares`, -1 = not said."""
    flags: Ints
    """Items: RETAINED | MARKED."""

    item: Ints
    """Readings: row of the item they came in."""
    metric: Ints
    """Readings: index into `metrics`."""
    value: Floats
    """Readings: the number; booleans 0/1; NaN where `state` says it."""
    state: Ints
    """Readings: index into `states`, -1 = a number."""

    events: Sequence[DeviceEvent] = ()
    marks: Sequence[Mark] = ()
    rejects: Sequence[Reject] = ()

    boot: Ints = field(default_factory=none)
    """Items: which boot of the device numbered it, -1 = not numbered; the whole column may be empty."""
    seq: Ints = field(default_factory=none)
    """Items: its number within that boot, -1 = not numbered; as long as `boot`."""
    slot: Ints = field(default_factory=none)
    """Items: the key's slot in the detector's columns, -1 = outside the rule; empty until an engine scoped it."""

    @property
    def at(self) -> Ints:
        """Readings: event time, ns."""
        return self.item_at[self.item]

    @property
    def messages(self) -> int:
        """How many of the entries were messages."""
        return self.upto - self.after - len(self.marks)

    def since(self, position: Position) -> "Batch":
        """The part after `position`; the batch itself where nothing is to be left out."""
        if position <= self.after:
            return self
        first = int(np.searchsorted(self.position, position, side="right"))
        return self.cut(first, len(self.position), after=position, upto=self.upto)

    def until(self, position: Position) -> "Batch":
        """The part up to and with `position`; the batch itself where nothing is to be left out."""
        if position >= self.upto:
            return self
        last = int(np.searchsorted(self.position, position, side="right"))
        return self.cut(0, last, after=self.after, upto=position)

    def cut(self, first: int, last: int, *, after: Position, upto: Position) -> "Batch":
        """Items `first` to before `last`, with what stands between `after` and `upto`."""
        low, high = np.searchsorted(self.item, (first, last))
        return Batch(
            after=after,
            upto=upto,
            devices=self.devices,
            metrics=self.metrics,
            states=self.states,
            firmwares=self.firmwares,
            position=self.position[first:last],
            device=self.device[first:last],
            item_at=self.item_at[first:last],
            received_at=self.received_at[first:last],
            identity=self.identity[first:last],
            firmware=self.firmware[first:last],
            flags=self.flags[first:last],
            item=self.item[low:high] - first,
            metric=self.metric[low:high],
            value=self.value[low:high],
            state=self.state[low:high],
            events=[e._replace(item=e.item - first) for e in self.events if first <= e.item < last],
            marks=[m for m in self.marks if after < m.position <= upto],
            rejects=[r for r in self.rejects if after < r.position <= upto],
            boot=self.boot[first:last],
            seq=self.seq[first:last],
            slot=self.slot[first:last],
        )

    def only(self, keep: Bools) -> "Batch":
        """The items of a mask, with their readings and events. `keep` has one boolean an item."""
        if keep.all():
            return self
        place = np.cumsum(keep) - 1
        readings = keep[self.item]
        return Batch(
            after=self.after,
            upto=self.upto,
            devices=self.devices,
            metrics=self.metrics,
            states=self.states,
            firmwares=self.firmwares,
            position=self.position[keep],
            device=self.device[keep],
            item_at=self.item_at[keep],
            received_at=self.received_at[keep],
            identity=self.identity[keep],
            firmware=self.firmware[keep],
            flags=self.flags[keep],
            item=place[self.item[readings]],
            metric=self.metric[readings],
            value=self.value[readings],
            state=self.state[readings],
            events=[e._replace(item=int(place[e.item])) for e in self.events if keep[e.item]],
            marks=self.marks,
            rejects=self.rejects,
            boot=self.boot[keep] if len(self.boot) else self.boot,
            seq=self.seq[keep] if len(self.seq) else self.seq,
            slot=self.slot[keep] if len(self.slot) else self.slot,
        )
