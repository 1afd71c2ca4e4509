"""Columns: decoded messages become the columns of a batch."""

from collections.abc import Sequence

import numpy as np

from domain.batch import MARKED, Batch, DeviceEvent, Mark, Reject
from domain.entries import Position
from domain.instants import Instant
from ingest.codecs.item import Item
from ingest.hashes import hashed, mixed
from ingest.limits import Limits, Refused, check_name
from ingest.source import Route
from ingest.times import event_time

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
        self.shapes: dict[tuple[str, ...], list[int]] = {}
        """Metrics of each combination of names that came so far."""
        self.rows: list[int] = []
        """Nine numbers an item: position, device, at, received_at, firmware, flags, key, seq, number of readings.

        Key and seq are boot and seq where both were said; else the content's hash, or 0, and -1.
        """
        self.metric: list[int] = []
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
        device = self.devices.setdefault(route.device, len(self.devices))
        for item, (at, is_marked) in zip(items, times, strict=True):
            marked = flags | MARKED if is_marked else flags
            believed = item.said_at is not None and not is_marked
            counted = item.boot >= 0 and item.seq >= 0
            digest = hashed(item.content, route) if item.happenings or (believed and not counted) else 0
            key, seq = (item.boot, item.seq) if counted else (digest if believed else 0, NONE)
            for happening in item.happenings:
                self.events.append(
                    DeviceEvent(
                        item=len(self.rows) // WIDTH,
                        device=route.device,
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
            for metric, value in item.readings:
                self.read(metric, value)
            firmware = self.firmware(item.firmware)
            self.rows.extend((position, device, at, received_at, firmware, marked, key, seq, len(item.readings)))

    def read(self, metric: str, value: float | str) -> None:
        """Take one reading."""
        if isinstance(value, str):
            self.tell(len(self.value), value)
            value = np.nan
        self.metric.append(self.metrics.setdefault(metric, len(self.metrics)))
        self.value.append(value)

    def tell(self, reading: int, state: str) -> None:
        """A reading is a state."""
        self.told.append((reading, self.states.setdefault(state, len(self.states))))

    def shape(self, names: tuple[str, ...]) -> list[int]:
        """The metrics of a combination of names. Raises Refused."""
        if len(names) > self.limits.keys:
            raise Refused("too_many_keys", f"One item has {len(names)} values; at most {self.limits.keys} are let in.")
        for name in names:
            check_name(name, "A metric", self.limits)
        self.shapes[names] = [self.metrics.setdefault(name, len(self.metrics)) for name in names]
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
        position, device, at, received_at, firmware, flags, key, seq, readings = np.ascontiguousarray(rows.T)
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
            item=np.repeat(np.arange(len(rows)), readings),
            metric=np.array(self.metric, np.int64),
            value=np.array(self.value, np.float64),
            state=state,
            events=self.events,
            marks=self.marks,
            rejects=self.rejects,
        )
