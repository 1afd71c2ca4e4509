"""Scoring: what the rule kinds share that score readings and alarm: turns, late readings, troubles, state.

A reading older than its key's newest comes too late for a running estimate: it is counted, not judged. An alarm opens
a finding; further ones are its evidence; the first entry that comes `quiet_for` after the last alarm resolves it. A
silent device is unknown, so time alone resolves nothing.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Protocol

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from detectors.entries import Turn, turns
from detectors.keyed import Keyed
from detectors.trouble import Piece, Trouble, finding_of, grown
from domain.batch import RETAINED, Batch, Floats, Ints
from domain.entries import Position
from domain.finding import Finding, FindingState
from domain.instants import Duration, Instant
from domain.ports import Arrays

COLUMN = "column."
Rows = Mapping[str, NDArray[Any]]


class Scorer(Protocol):
    """Columns that score one row each of different slots; `newest` is the event time of each slot's last reading."""

    def step(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """Scores in [0, 1] of `values[slot, metric]`."""
        ...

    def grow(self, slots: int) -> None:
        """Make room."""
        ...

    def take(self, slots: Ints) -> dict[str, NDArray[Any]]:
        """Rows of some slots by name."""
        ...

    def put(self, slots: Ints, rows: Rows) -> None:
        """Set the rows of some slots."""
        ...


class Memory(Struct, frozen=True, array_like=True):
    """What is remembered of a key beside the scorer's columns."""

    newest: Instant | None = None
    late: int = 0
    trouble: Trouble | None = None


class Scores:
    """Readings through a scorer into findings."""

    def __init__(self, scorer: Scorer, metrics: tuple[str, ...], *, alarm: float, quiet_for: Duration) -> None:
        self.scorer, self.metrics, self.alarm, self.quiet_for = scorer, metrics, alarm, quiet_for
        self.memory: Keyed[Memory] = Keyed(Memory)

    def wants(self) -> Mapping[str, Any]:
        """Its metrics only."""
        return {"events": frozenset(), "readings": frozenset(self.metrics), "any_item": False, "follows": False}

    # -- a batch

    def observe(self, batch: Batch) -> list[Finding]:
        """What the batch's readings change, in order of position."""
        items, values = self.rows(batch)
        found: list[Finding] = []
        for turn in turns(batch.slot[items], batch.position[items]):
            found += self.turn(batch, turn, items, values)
        return sorted(found, key=lambda finding: (finding.position, finding.slot))

    def rows(self, batch: Batch) -> tuple[Ints, Floats]:
        """The items that hold a metric of the rule, and their values [item, metric], NaN where they do not say it."""
        known = {name: column for column, name in enumerate(self.metrics)}
        columns = np.array([known.get(name, -1) for name in batch.metrics], np.int64)
        column = columns[batch.metric] if len(columns) else np.full(len(batch.metric), -1, np.int64)
        wanted = (column >= 0) & np.isfinite(batch.value)
        wanted &= (batch.slot[batch.item] >= 0) & (batch.flags[batch.item] & RETAINED == 0)
        items, place = np.unique(batch.item[wanted], return_inverse=True)
        values = np.full((len(items), len(self.metrics)), np.nan)
        values[place, column[wanted]] = batch.value[wanted]
        return items, values

    def turn(self, batch: Batch, turn: Turn, items: Ints, values: Floats) -> Iterator[Finding]:
        """What changes by one entry a slot."""
        self.scorer.grow(room_for(int(turn.slots.max()) + 1))
        past = self.scorer.take(turn.slots)
        memories = [self.memory.get(slot) or Memory() for slot in turn.slots.tolist()]
        newest = np.array([-(2**63) if m.newest is None else m.newest for m in memories], np.int64)
        late = np.zeros(len(turn.slots), np.int64)
        pieces: dict[int, tuple[Piece, ...]] = {}
        highest = np.zeros(len(turn.slots))
        for every, row_of in turn.steps():
            is_late = batch.item_at[items[row_of]] < newest[every]
            late[every[is_late]] += 1
            places, rows = every[~is_late], row_of[~is_late]
            at = batch.item_at[items[rows]]
            newest[places] = at
            scores = self.scorer.step(turn.slots[places], at, values[rows])
            highest[places] = np.maximum(highest[places], scores)
            for n in np.flatnonzero(scores >= self.alarm).tolist():
                place, row = int(places[n]), int(rows[n])
                pieces[place] = pieces.get(place, ()) + self.pieces(batch, int(items[row]), values[row])
        for place, memory in enumerate(memories):
            slot, item = int(turn.slots[place]), int(items[turn.first[place]])
            is_known = int(late[place]) < turn.sizes[place]
            now = replace(
                memory,
                newest=int(newest[place]) if is_known else memory.newest,
                late=memory.late + int(late[place]),
            )
            if place in pieces:
                trouble = memory.trouble or Trouble(
                    int(batch.position[item]), packed(memory, {name: column[place] for name, column in past.items()})
                )
                now = replace(now, trouble=grown(trouble, pieces[place], float(highest[place])))
                yield self.told(batch, item, slot, now, FindingState.OPEN)
            elif is_known and now.trouble and int(newest[place]) - now.trouble.last_at >= self.quiet_for:
                yield self.told(batch, item, slot, now, FindingState.RESOLVED)
                now = replace(now, trouble=None)
            self.memory.set(slot, now)

    def pieces(self, batch: Batch, item: int, values: Floats) -> tuple[Piece, ...]:
        """The readings of one item as evidence."""
        position, at = int(batch.position[item]), int(batch.item_at[item])
        device = batch.devices[batch.device[item]]
        said = zip(self.metrics, values.tolist(), strict=True)
        return tuple(Piece(position, device, at, metric, value) for metric, value in said if isfinite(value))

    def told(self, batch: Batch, item: int, slot: int, memory: Memory, state: FindingState) -> Finding:
        """The finding of a key's trouble."""
        assert memory.trouble is not None
        position, at = int(batch.position[item]), int(batch.received_at[item])
        return finding_of(memory.trouble, state, slot=slot, position=position, at=at, late=memory.late)

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """The end of every active finding."""
        return [
            finding_of(m.trouble, FindingState.RESOLVED, slot=slot, position=position, at=at, late=m.late)
            for slot, m in sorted(self.memory.values.items())
            if m.trouble
        ]

    # -- state

    def state(self) -> dict[str, Any]:
        """Rows of all keys."""
        return self.with_columns(self.memory.whole())

    def changed(self) -> dict[str, Any]:
        """Rows of changed keys."""
        return self.with_columns(self.memory.changed())

    def with_columns(self, rows: dict[str, Any]) -> dict[str, Any]:
        """The scorer's columns beside what is remembered."""
        self.scorer.grow(room_for(int(rows["slot"].max(initial=-1)) + 1))
        return rows | {f"{COLUMN}{name}": column for name, column in self.scorer.take(rows["slot"]).items()}

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        self.memory.restore(state)
        columns = {name.removeprefix(COLUMN): rows for name, rows in state.items() if name.startswith(COLUMN)}
        self.scorer.put(state["slot"], columns)

    def before(self, slot: int) -> bytes:
        """One key's state; empty for a key never heard of."""
        memory = self.memory.get(slot)
        if memory is None:
            return b""
        return packed(memory, {name: column[0] for name, column in self.scorer.take(np.array([slot])).items()})

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state from such bytes."""
        if not before:
            self.memory.drop(slot)
            return
        memory, rows = msgspec.msgpack.decode(before, type=tuple[Memory, dict[str, bytes]])
        self.scorer.grow(room_for(slot + 1))
        now = self.scorer.take(np.array([slot]))
        columns = {name: np.frombuffer(rows[name], old.dtype).reshape(old.shape) for name, old in now.items()}
        self.scorer.put(np.array([slot]), columns)
        self.memory.set(slot, memory)


def packed(memory: Memory, rows: Mapping[str, Any]) -> bytes:
    """One key's state as bytes."""
    columns = {name: np.ascontiguousarray(row).tobytes() for name, row in rows.items()}
    return msgspec.msgpack.encode((memory, columns))


def room_for(slots: int) -> int:
    """A size with room to grow, so that growing is rare."""
    return max(4, 1 << (slots - 1).bit_length()) if slots > 0 else 0
