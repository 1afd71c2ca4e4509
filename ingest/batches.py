"""Columns: decoded messages become the columns of a batch."""

from collections.abc import Sequence
from math import nan

import numpy as np

from domain.batch import MARKED, Batch, DeviceEvent, Ints, Mark, Reject
from domain.entries import Position
from domain.instants import Instant
from ingest.codecs.item import Item
from ingest.hashes import hashed, mixed
from ingest.limits import Limits, Refused, check_name
from ingest.source import Route
from ingest.times import Since, event_time

WIDTH = 9
NONE = -1
LARGEST = 2**63


class Columns:
    """Takes messages one by one, each wholly or not at all, and gives the batch they make."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.devices: dict[str, int] = {}
        self.metrics: dict[str, int] = {}
        self.states: dict[str, int] = {}
        self.firmwares: dict[str, int] = {}
        self.shapes: dict[tuple[str, ...], int] = {}
        """Each combination of names that came so far, numbered."""
        self.shape_metrics: list[list[int]] = []
        """Their metrics."""
        self.rows: list[int] = []
        """Nine numbers an item: position, device, at, received_at, firmware, flags, key, seq, shape.

        Key and seq are boot and seq where both were said; else the content's hash, or 0, and -1.
        """
        self.value: list[float] = []
        self.told: list[tuple[int, int]] = []
        """Readings that are states: (reading, state)."""
        self.events: list[DeviceEvent] = []
        self.marks: list[Mark] = []
        self.rejects: list[Reject] = []

    def take(self, items: Sequence[Item], route: Route, place: tuple[Position, Instant, int]) -> None:
        """Take the items of a message that arrived at (position, received_at, flags). Raises Refused, and has then

        taken nothing.
        """
        position, received_at, flags = place
        zone, unit = route.source.zone, route.source.unit
        times = [event_time(item.said_at, received_at, self.limits, zone=zone, unit=unit) for item in items]
        for item, (at, is_marked) in zip(items, times, strict=True):
            marked = flags | MARKED if is_marked else flags
            believed = item.said_at is not None and not is_marked and type(item.said_at) is not Since
            name = item.device or route.device
            device = self.devices.setdefault(name, len(self.devices))
            counted = item.boot >= 0 and item.seq >= 0
            digest = hashed(item.content, route) if item.happenings or (believed and not counted) else 0
            key, seq = (item.boot, item.seq) if counted else (digest if believed else 0, NONE)
            for happening in item.happenings:
                self.events.append(
                    DeviceEvent(
                        item=len(self.rows) // WIDTH,
                        device=name,
                        event=happening.event,
                        code=happening.code,
                        details=happening.details,
                        at=at,
                        received_at=received_at,
                        position=position,
                        boot=item.boot,
                        seq=item.seq,
                        digest=digest,
                        flags=marked,
                    )
                )
            for _, value in item.readings:
                if isinstance(value, str):
                    self.tell(len(self.value), value)
                self.value.append(nan if isinstance(value, str) else value)
            shape = self.shape(tuple(metric for metric, _ in item.readings))
            firmware = self.firmware(item.firmware)
            self.rows += (position, device, at, received_at, firmware, marked, key, seq, shape)

    def tell(self, reading: int, state: str) -> None:
        """A reading is a state."""
        self.told.append((reading, self.states.setdefault(state, len(self.states))))

    def shape(self, names: tuple[str, ...]) -> int:
        """The number of a combination of names. Raises Refused."""
        known = self.shapes.get(names)
        if known is not None:
            return known
        if len(names) > self.limits.keys:
            raise Refused("too_many_keys", f"One item has {len(names)} values; at most {self.limits.keys} are let in.")
        for name in names:
            check_name(name, "A metric", self.limits)
        self.shape_metrics.append([self.metrics.setdefault(name, len(self.metrics)) for name in names])
        self.shapes[names] = len(self.shapes)
        return self.shapes[names]

    def firmware(self, name: str) -> int:
        """The firmware's place in the dictionary, -1 for none. Raises Refused."""
        if not name:
            return NONE
        place = self.firmwares.get(name)
        if place is None:
            check_name(name, "fw", self.limits)
            place = self.firmwares[name] = len(self.firmwares)
        return place

    def batch(self, *, after: Position, upto: Position) -> Batch:
        """Everything that was taken."""
        rows = np.array(self.rows, np.int64).reshape(-1, WIDTH)
        position, device, at, received_at, firmware, flags, key, seq, shape = np.ascontiguousarray(rows.T)
        item, metric = self.readings_of(shape)
        state = np.full(len(self.value), NONE, np.int64)
        if self.told:
            state[[reading for reading, _ in self.told]] = [place for _, place in self.told]
        return Batch(
            after=after,
            upto=upto,
            devices=list(self.devices),
            metrics=list(self.metrics),
            states=list(self.states),
            firmwares=list(self.firmwares),
            position=position,
            device=device,
            item_at=at,
            received_at=received_at,
            identity=np.where(seq >= 0, mixed(key, seq), key.view(np.uint64)),
            firmware=firmware,
            flags=flags,
            item=item,
            metric=metric,
            value=np.array(self.value, np.float64),
            state=state,
            events=self.events,
            marks=self.marks,
            rejects=self.rejects,
            boot=np.where(seq >= 0, key, NONE),
            seq=seq,
        )

    def readings_of(self, shape: Ints) -> tuple[Ints, Ints]:
        """Item and metric of every reading of items of these shapes."""
        counts = np.array([len(metrics) for metrics in self.shape_metrics], np.int64)
        metrics = np.array([metric for metrics in self.shape_metrics for metric in metrics], np.int64)
        readings = counts[shape]
        item = np.repeat(np.arange(len(shape)), readings)
        start, first = np.cumsum(counts) - counts, np.cumsum(readings) - readings
        return item, metrics[np.arange(len(item)) + (start[shape] - first)[item]]
