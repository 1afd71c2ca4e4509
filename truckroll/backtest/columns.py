"""Columns: readings and events from anywhere become the batches that they would have been, with ticks between them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from adapters.telemetry_columns import stretches
from domain.batch import Batch, DeviceEvent, Floats, Ints, Mark, none
from domain.entries import Kind
from domain.instants import MINUTE, Duration, Instant

PAGE = 100_000
TICKS = 200
"""In a batch at most; the engine cuts it at each of them."""
TICK: Duration = 5 * MINUTE


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Readings, one row each, and events; in any order. Names are numbered by their place in the lists."""

    devices: Sequence[str] = ()
    metrics: Sequence[str] = ()
    states: Sequence[str] = ()
    device: Ints = field(default_factory=none)
    metric: Ints = field(default_factory=none)
    at: Ints = field(default_factory=none)
    value: Floats = field(default_factory=lambda: np.empty(0))
    state: Ints = field(default_factory=none)
    """-1 = a number; may be empty where all are numbers."""
    events: Sequence[DeviceEvent] = ()
    """Their `item` and `position` mean nothing here."""

    @cached_property
    def ordered(self) -> "Recording":
        """The same with readings in order of time, then of device, then as they came; events in order of arrival."""
        events = sorted(self.events, key=lambda event: (event.received_at, event.order()))
        if is_in_order(self.at, self.device):
            return replace(self, events=events)
        order = np.lexsort((self.device, self.at))
        state = self.state[order] if len(self.state) else self.state
        return replace(
            self,
            device=self.device[order],
            metric=self.metric[order],
            at=self.at[order],
            value=self.value[order],
            state=state,
            events=events,
        )

    def between(self, since: Instant, until: Instant) -> "Recording":
        """What was said in `since <= at < until`."""
        keep = (self.at >= since) & (self.at < until)
        return replace(
            self,
            device=self.device[keep],
            metric=self.metric[keep],
            at=self.at[keep],
            value=self.value[keep],
            state=self.state[keep] if len(self.state) else self.state,
            events=[event for event in self.events if since <= event.received_at < until],
        )


def is_in_order(at: Ints, device: Ints) -> bool:
    """By time, then by device."""
    step = np.diff(at)
    return bool(((step > 0) | ((step == 0) & (np.diff(device) >= 0))).all())


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where everything stands in the order of arrival: items of readings, items of events, ticks."""

    recording: Recording
    first: Ints
    """Of each item of readings, its first reading; one more for the end."""
    order: Ints
    """Items in order of arrival; beyond those of readings stand the events."""
    arrival: Ints
    """In that order."""
    position: Ints
    """In that order."""
    ticks: Ints
    """When they are."""
    tick_position: Ints
    after: int
    """The position before the first."""

    @property
    def last(self) -> int:
        """The last position."""
        return self.after + len(self.order) + len(self.ticks)


def layout_of(recording: Recording, due: Instant | None, tick: Duration, after: int) -> Layout:
    """The order of arrival: readings arrive when they are measured, events as they say; ticks from `due` on."""
    said = recording.ordered
    opens = np.ones(len(said.at), np.bool_)
    opens[1:] = (said.at[1:] != said.at[:-1]) | (said.device[1:] != said.device[:-1])
    first = np.flatnonzero(opens)
    arrivals = [said.at[first]]
    if said.events:
        arrivals.append(np.array([event.received_at for event in said.events], np.int64))
    arrival = np.concatenate(arrivals)
    order = np.argsort(arrival, kind="stable") if said.events else np.arange(len(arrival))
    arrival = arrival[order]
    ticks = np.empty(0, np.int64)
    if len(arrival):
        ticks = np.arange(arrival[0] + tick if due is None else due, arrival[-1] + 1, tick, dtype=np.int64)
    return Layout(
        recording=said,
        first=np.append(first, len(said.at)),
        order=order,
        arrival=arrival,
        position=after + np.arange(1, len(arrival) + 1) + np.searchsorted(ticks, arrival, side="right"),
        ticks=ticks,
        tick_position=after + np.arange(1, len(ticks) + 1) + np.searchsorted(arrival, ticks, side="left"),
        after=after,
    )


def batches(
    recordings: Recording | Iterable[Recording], *, tick: Duration = TICK, page: int = PAGE
) -> Iterator[tuple[float, Batch]]:
    """Recordings, each later than the one before, as batches of about `page` entries in order of arrival, with a

    tick every `tick`; beside each batch how much of its recording is done then.
    """
    after, due = 0, None
    for recording in (recordings,) if isinstance(recordings, Recording) else recordings:
        layout = layout_of(recording, due, tick, after)
        for begin, end in pairwise(cuts(layout, page)):
            yield (end - after) / (layout.last - after), batch_of(layout, begin, end)
        after = layout.last
        if len(layout.ticks):
            due = int(layout.ticks[-1]) + tick
        elif due is None and len(layout.arrival):
            due = int(layout.arrival[0]) + tick


def cuts(layout: Layout, page: int) -> list[int]:
    """After which positions batches end: each holds at most `page` entries, and few enough ticks."""
    ticks = layout.tick_position[TICKS - 1 :: TICKS].tolist()
    return sorted({*range(layout.after, layout.last, page), *ticks, layout.last})


def batch_of(layout: Layout, after: int, upto: int) -> Batch:
    """The entries after one position up to another."""
    low, high = np.searchsorted(layout.position, (after + 1, upto + 1)).tolist()
    said, items = layout.recording, layout.order[low:high]
    is_event = items >= len(layout.first) - 1
    events = [said.events[n] for n in (items[is_event] - len(layout.first) + 1).tolist()]
    number = np.minimum(items, max(0, len(layout.first) - 2))
    begin = layout.first[number]
    count = np.where(is_event, 0, layout.first[np.minimum(number + 1, len(layout.first) - 1)] - begin)
    rows = stretches(begin, count)
    device, at = np.empty(len(items), np.int64), layout.arrival[low:high].copy()
    device[~is_event] = said.device[begin[~is_event]]
    devices = said.devices
    if events:
        devices, numbers = with_events(devices, events)
        device[is_event] = numbers
        at[is_event] = [event.at for event in events]
    places = np.flatnonzero(is_event).tolist()
    position = layout.position[low:high]
    return Batch(
        after=after,
        upto=upto,
        devices=devices,
        metrics=said.metrics,
        states=said.states,
        position=position,
        device=device,
        item_at=at,
        received_at=layout.arrival[low:high],
        identity=np.zeros(len(items), np.uint64),
        firmware=np.full(len(items), -1, np.int64),
        flags=np.zeros(len(items), np.int64),
        item=np.repeat(np.arange(len(items)), count),
        metric=said.metric[rows],
        value=said.value[rows],
        state=said.state[rows] if len(said.state) else np.full(len(rows), -1, np.int64),
        events=[
            event._replace(item=place, position=int(position[place]))
            for place, event in zip(places, events, strict=True)
        ],
        marks=marks_of(layout, after, upto),
    )


def with_events(devices: Sequence[str], events: Sequence[DeviceEvent]) -> tuple[Sequence[str], list[int]]:
    """The devices with those of the events, and each event's number."""
    numbers = {name: number for number, name in enumerate(devices)}
    found = [numbers.setdefault(event.device, len(numbers)) for event in events]
    return (devices if len(numbers) == len(devices) else tuple(numbers)), found


def marks_of(layout: Layout, after: int, upto: int) -> list[Mark]:
    """The ticks among the entries."""
    low, high = np.searchsorted(layout.tick_position, (after + 1, upto + 1)).tolist()
    return [
        Mark(position, Kind.TICK, at, "", b"")
        for position, at in zip(layout.tick_position[low:high].tolist(), layout.ticks[low:high].tolist(), strict=True)
    ]
