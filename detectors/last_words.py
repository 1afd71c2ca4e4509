"""Last words: what was heard last of each key, as evidence."""

from math import isnan
from typing import Any

import msgspec
import numpy as np

from detectors.episodes import Happening
from detectors.names import Names
from domain.batch import Batch, Bools, Floats, Ints
from domain.entries import Position
from domain.instants import Instant
from domain.ports import Arrays

NONE = -1
COLUMNS = ("position", "at", "speaker", "what", "value", "is_event")
EVENTS = msgspec.msgpack.Decoder(list[tuple[str, str]])
Said = tuple[str, str, float | None]
"""The name of a reading or event, the event's code, and the reading's number."""


class LastWords:
    """By slot: position, time, device, and a reading's name and value, or an event's name and code."""

    def __init__(self) -> None:
        self.devices = Names("device_names")
        self.metrics = Names("metric_names")
        self.position: Ints = np.zeros(0, np.int64)
        self.at: Ints = np.zeros(0, np.int64)
        self.speaker: Ints = np.zeros(0, np.int64)
        self.what: Ints = np.zeros(0, np.int64)
        """The number of the reading's name, -1 = nothing was said …"""
        self.value: Floats = np.zeros(0, np.float64)
        """… and its value, NaN for a state …"""
        self.is_event: Bools = np.zeros(0, np.bool_)
        self.events: dict[int, tuple[str, str]] = {}
        """… or the event's name and code."""
        self.dirty: Bools = np.zeros(0, np.bool_)

    def note(self, batch: Batch, items: Ints, slots: Ints, metric: str) -> Ints:
        """Take in items of keys, in order; returns the slots of which another device speaks than before."""
        if not len(items):
            return items
        self.grow(int(slots.max()) + 1)
        speakers = np.array([self.devices.place(name) for name in batch.devices], np.int64)[batch.device[items]]
        others: Ints = slots[self.speaker[slots] != speakers]
        self.position[slots], self.at[slots] = batch.position[items], batch.item_at[items]
        self.speaker[slots], self.dirty[slots] = speakers, True
        self.what[slots], self.value[slots] = self.readings(batch, items, metric)
        events = {} if metric else {event.item: (event.event, event.code) for event in reversed(batch.events)}
        told = np.isin(items, list(events))
        self.is_event[slots] = told
        for item, slot in zip(items[told].tolist(), slots[told].tolist(), strict=True):
            self.events[slot] = events[item]
        return others

    def readings(self, batch: Batch, items: Ints, metric: str) -> tuple[Ints, Floats]:
        """Name and value of the metric asked for in each item, or of its first reading."""
        what, value = np.full(len(items), NONE), np.full(len(items), np.nan)
        wanted = np.arange(len(batch.item))
        if metric:
            wanted = np.flatnonzero(batch.metric == list(batch.metrics).index(metric))
        first = np.searchsorted(batch.item[wanted], items)
        found = np.flatnonzero(first < len(wanted))
        found = found[batch.item[wanted[first[found]]] == items[found]]
        rows = wanted[first[found]]
        names = np.array([self.metrics.place(name) for name in batch.metrics], np.int64)
        what[found], value[found] = names[batch.metric[rows]], batch.value[rows]
        return what, value

    def of(self, slot: int) -> Happening:
        """What was heard last of a key."""
        said: Said = ("", "", None)
        if self.is_event[slot]:
            said = (*self.events[slot], None)
        elif self.what[slot] != NONE:
            said = (self.metrics.order[self.what[slot]], "", number(float(self.value[slot])))
        return evidence(self.device(slot), int(self.position[slot]), int(self.at[slot]), said)

    def of_item(self, batch: Batch, item: int, metric: str) -> Happening:
        """What one item says."""
        [what], [value] = self.readings(batch, np.array([item]), metric)
        said: Said = ("", "", None) if what == NONE else (self.metrics.order[what], "", number(float(value)))
        if not metric:
            said = next(((e.event, e.code, None) for e in batch.events if e.item == item), said)
        device = batch.devices[int(batch.device[item])]
        return evidence(device, int(batch.position[item]), int(batch.item_at[item]), said)

    def device(self, slot: int) -> str:
        """Which device of a key spoke last."""
        return self.devices.order[int(self.speaker[slot])]

    def put(self, slot: int, words: Happening) -> None:
        """Set what was heard last of a key."""
        self.grow(slot + 1)
        self.position[slot], self.at[slot] = words.position, words.at
        self.speaker[slot], self.dirty[slot] = self.devices.place(words.device), True
        self.is_event[slot] = words.value is None
        self.events[slot] = (words.event, words.code)
        self.what[slot] = self.metrics.place(words.event)
        self.value[slot] = np.nan if words.value is None else words.value

    def grow(self, slots: int) -> None:
        """Room for so many slots, doubled so that it is seldom asked for."""
        room = len(self.position)
        if slots <= room:
            return
        more = max(64, 1 << (slots - 1).bit_length()) - room
        for name in (*COLUMNS, "dirty"):
            old = getattr(self, name)
            empty = np.full(more, NONE) if name == "speaker" else np.zeros(more, old.dtype)
            setattr(self, name, np.concatenate([old, empty]))

    # -- snapshots

    def whole(self) -> dict[str, Any]:
        """Rows of all slots ever heard."""
        rows = self.rows(np.flatnonzero(self.speaker != NONE))
        return {**rows, **self.devices.whole(), **self.metrics.whole()}

    def changed(self) -> dict[str, Any]:
        """Rows of the slots changed since the last call of `changed` or `whole`."""
        return {**self.rows(np.flatnonzero(self.dirty)), **self.devices.changed(), **self.metrics.changed()}

    def rows(self, slots: Ints) -> dict[str, Any]:
        """What is known of some slots."""
        self.dirty[slots] = False
        events = [self.events[slot] for slot in slots[self.is_event[slots]].tolist()]
        packed = np.frombuffer(msgspec.msgpack.encode(events), np.uint8)
        columns = {f"words_{name}": getattr(self, name)[slots] for name in COLUMNS}
        return {"words_slot": slots, "words_events": packed, **columns}

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        self.devices.restore(state)
        self.metrics.restore(state)
        slots = state["words_slot"]
        self.grow(int(slots.max()) + 1 if len(slots) else 0)
        for name in COLUMNS:
            getattr(self, name)[slots] = state[f"words_{name}"]
        events = EVENTS.decode(state["words_events"].tobytes())
        self.events |= dict(zip(slots[state["words_is_event"]].tolist(), events, strict=True))


def number(value: float) -> float | None:
    """None for a state."""
    return None if isnan(value) else value


def evidence(device: str, position: Position, at: Instant, said: Said) -> Happening:
    """A piece of evidence."""
    name, code, value = said
    return Happening(at, -1, -1, 0, position, "H", device, name, code, value)
