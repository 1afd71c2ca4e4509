"""Batches from readable rows, for tests of whatever takes a `Batch`."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from domain.batch import Batch, DeviceEvent, Mark, Reject
from domain.entries import Position
from domain.instants import Instant


class Item(NamedTuple):
    """One object of one message: what a device said of one time."""

    device: str
    at: Instant
    values: Mapping[str, float | bool | str] = {}
    position: Position | None = None
    """None: the position after the row before."""
    received_at: Instant | None = None
    """None: `at`."""
    identity: int = 0
    firmware: str = ""
    flags: int = 0
    boot: int = -1
    seq: int = -1


class Happening(NamedTuple):
    """An event, in an item of its own."""

    device: str
    at: Instant
    event: str
    code: str = ""
    details: Mapping[str, Any] = {}
    position: Position | None = None
    received_at: Instant | None = None
    identity: int = 0
    firmware: str = ""
    flags: int = 0
    boot: int = 0
    seq: int = 0
    digest: int | None = None
    """None: a hash of the event's content."""


Row = Item | Happening


class Names:
    """Names in order of first use, and their slots."""

    def __init__(self) -> None:
        self.slots: dict[str, int] = {}

    def slot(self, name: str) -> int:
        """The name's slot; a new one for a new name."""
        return self.slots.setdefault(name, len(self.slots))


def batch_of(
    items: Iterable[Sequence[Any]] = (),
    events: Iterable[Sequence[Any]] = (),
    *,
    after: Position = 0,
    upto: Position | None = None,
    marks: Sequence[Mark] = (),
    rejects: Sequence[Reject] = (),
) -> Batch:
    """A batch of `(device, at, {metric: value}, …)` and `(device, at, event, …)`, as `Item` and `Happening` say.

    Items come first, then events, at the positions after `after`, unless the rows name positions of their own.
    `upto` is the last of them where it is not given. Texts become states; booleans 0 and 1.
    """
    rows = in_order([*(Item(*row) for row in items), *(Happening(*row) for row in events)], after)
    devices, metrics, states, firmwares = Names(), Names(), Names(), Names()
    item: list[int] = []
    metric: list[int] = []
    value: list[float] = []
    state: list[int] = []
    for place, row in enumerate(rows):
        for name, said in (row.values if isinstance(row, Item) else {}).items():
            item.append(place)
            metric.append(metrics.slot(name))
            value.append(float("nan") if isinstance(said, str) else float(said))
            state.append(states.slot(said) if isinstance(said, str) else -1)
    positions = [int(row.position or 0) for row in rows]
    return Batch(
        after=after,
        upto=max([after, *positions]) if upto is None else upto,
        position=ints(positions),
        device=ints(devices.slot(row.device) for row in rows),
        item_at=ints(row.at for row in rows),
        received_at=ints(arrival(row) for row in rows),
        identity=np.array([row.identity for row in rows], np.uint64),
        firmware=ints(firmwares.slot(row.firmware) if row.firmware else -1 for row in rows),
        flags=ints(row.flags for row in rows),
        item=ints(item),
        metric=ints(metric),
        value=np.array(value, np.float64),
        state=ints(state),
        devices=tuple(devices.slots),
        metrics=tuple(metrics.slots),
        states=tuple(states.slots),
        firmwares=tuple(firmwares.slots),
        events=[event_of(row, place) for place, row in enumerate(rows) if isinstance(row, Happening)],
        marks=marks,
        rejects=rejects,
        boot=ints(row.boot for row in rows),
        seq=ints(row.seq for row in rows),
    )


def in_order(rows: Sequence[Row], after: Position) -> list[Row]:
    """The rows with a position each, in journal order."""
    following = count(after + 1)
    placed = [row if row.position is not None else row._replace(position=next(following)) for row in rows]
    return sorted(placed, key=lambda row: row.position or 0)


def arrival(row: Row) -> Instant:
    """When the row's message arrived."""
    return row.at if row.received_at is None else row.received_at


def event_of(row: Happening, place: int) -> DeviceEvent:
    """The event of the item at `place`."""
    content = repr((row.event, row.code, sorted(row.details.items()))).encode()
    return DeviceEvent(
        item=place,
        device=row.device,
        event=row.event,
        code=row.code,
        details=row.details,
        at=row.at,
        received_at=arrival(row),
        position=row.position or 0,
        boot=row.boot,
        seq=row.seq,
        digest=int.from_bytes(blake2b(content, digest_size=8).digest()) if row.digest is None else row.digest,
        flags=row.flags,
    )


def ints(values: Iterable[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """A column of whole numbers."""
    return np.array(list(values), np.int64)
