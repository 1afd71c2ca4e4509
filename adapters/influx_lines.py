"""Lines: a batch's readings and events as line protocol, in journal order."""

import json
from collections.abc import Collection, Iterable, Iterator
from operator import itemgetter

import numpy as np

from adapters.influx_layout import Layout
from adapters.influx_names import NO_TEXT, coded_text, key, measurement, text
from domain.batch import Batch, DeviceEvent
from domain.entries import Position
from domain.instants import Instant

Line = tuple[Position, int, bytes]
"""The entry it comes from, how many readings are in it, and the line itself."""

SHIFT = 999_983
"""An event stands up to this many nanoseconds after its time, so that two of one device and instant are two points;
a prime, so that entries near each other never meet. The exact time is in its field `at`."""
EVENTS_AN_ENTRY = 64


def worded_in(batch: Batch) -> set[str]:
    """The metrics that say words in a batch."""
    return {batch.metrics[metric] for metric in np.unique(batch.metric[batch.state >= 0]).tolist()}


def lines_of(batch: Batch, layout: Layout, worded: Collection[str]) -> Iterable[Line]:
    """All lines of a batch in the order of their entries. Numbers are floats always, texts have fields of their own.

    `worded`: the metrics that have said words, now or earlier; their numbers remove a text of the same instant.
    """
    readings = reading_lines(batch, layout, worded)
    if not batch.events:
        return readings
    return sorted([*readings, *event_lines(batch, layout)], key=itemgetter(0))


def reading_lines(batch: Batch, layout: Layout, worded: Collection[str]) -> Iterator[Line]:
    """A line an item where each metric has a field, else a line a reading."""
    starts = np.flatnonzero(np.diff(batch.item, prepend=-1)) if layout.is_wide else np.arange(len(batch.item))
    items = batch.item[starts]
    ends = np.append(starts, len(batch.item))[1:]
    fields = fields_of(batch, layout, worded)
    before = [layout.before_device(metric) for metric in batch.metrics]
    devices = [layout.of_device(device) for device in batch.devices]
    after = [layout.after_device(metric) for metric in batch.metrics]
    rows = zip(
        starts.tolist(),
        ends.tolist(),
        batch.metric[starts].tolist(),
        batch.device[items].tolist(),
        batch.item_at[items].tolist(),
        batch.position[items].tolist(),
        strict=True,
    )
    for start, end, metric, device, at, position in rows:
        said = fields[start] if end == start + 1 else ",".join(fields[start:end])
        line = "".join((before[metric], devices[device], after[metric], said, " ", str(at)))
        yield position, end - start, line.encode("utf-8", "replace")


def fields_of(batch: Batch, layout: Layout, worded: Collection[str]) -> list[str]:
    """`key=value` of each reading."""
    numbers = [f"{removed_text(layout, m) if m in worded else ''}{key(layout.number_field(m))}=" for m in batch.metrics]
    fields = [
        numbers[metric] + repr(value) for metric, value in zip(batch.metric.tolist(), batch.value.tolist(), strict=True)
    ]
    for row in np.flatnonzero(batch.state >= 0).tolist():
        name = layout.text_field(batch.metrics[batch.metric[row]])
        fields[row] = f"{key(name)}={text(coded_text(batch.states[batch.state[row]]))}"
    return fields


def removed_text(layout: Layout, metric: str) -> str:
    """The field that takes back a metric's text."""
    return f"{key(layout.text_field(metric))}={text(NO_TEXT)},"


def event_lines(batch: Batch, layout: Layout) -> Iterator[Line]:
    """A line an event; whatever a `DeviceEvent` has is in its fields, all of them texts."""
    begin = measurement(layout.events)
    entry, nth = -1, 0
    for event in batch.events:
        entry, nth = event.position, nth + 1 if event.position == entry else 0
        identity = int(batch.identity[event.item])
        fields = ",".join(f"{name}={text(said)}" for name, said in event_fields(event, identity))
        line = f"{begin}{layout.of_device(event.device)} {fields} {stands_at(event, nth)}"
        yield event.position, 0, line.encode("utf-8", "replace")


def event_fields(event: DeviceEvent, identity: int) -> Iterator[tuple[str, str]]:
    """The fields of an event; whole numbers as texts, since a float cannot hold them all."""
    yield "event", event.event
    yield "code", event.code
    yield "details", json.dumps(dict(event.details), ensure_ascii=False, separators=(",", ":"))
    for name in ("at", "received_at", "position", "boot", "seq", "digest"):
        yield name, str(getattr(event, name))
    yield "identity", str(identity)


def stands_at(event: DeviceEvent, nth: int) -> Instant:
    """The time of an event's point: always the same for the same event, another one for another."""
    return event.at + (event.position * EVENTS_AN_ENTRY + nth) % SHIFT
